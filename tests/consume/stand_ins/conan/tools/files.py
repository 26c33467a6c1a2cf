import fnmatch
import os
import shutil


def copy(conanfile, pattern, src, dst):
    """What matches the pattern below src, at the same place below dst; a pattern's star crosses folders."""
    copied = []
    for folder, _, names in os.walk(src):
        for name in names:
            relative = os.path.relpath(os.path.join(folder, name), src)
            if fnmatch.fnmatch(relative, pattern):
                to = os.path.join(dst, relative)
                os.makedirs(os.path.dirname(to), exist_ok=True)
                shutil.copy2(os.path.join(folder, name), to)
                copied.append(to)
    assert copied, "nothing matches " + pattern
    return copied
