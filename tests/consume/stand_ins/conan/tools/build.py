def check_min_cppstd(conanfile, version):
    assert version == 20
