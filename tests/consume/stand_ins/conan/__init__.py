"""In Conan's place: as much of its interface as our recipe uses."""


class Recorded:
    def __init__(self):
        self.properties = {}
        self.bindirs, self.libdirs, self.includedirs = ["bin"], ["lib"], ["include"]

    def set_property(self, name, value):
        self.properties[name] = value


class Settings:
    os, arch = "Linux", "x86_64"


class Info:
    cleared = False

    def clear(self):
        self.cleared = True


class ConanFile:
    def __init__(self):
        self.cpp_info, self.info, self.settings = Recorded(), Info(), Settings()
