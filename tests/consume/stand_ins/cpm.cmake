# In CPM.cmake's place where there is none: what it makes of a package whose source CPM_<name>_SOURCE names, which is to
# declare it with that folder, to fetch it, and to add it. WELD_CPM in the environment names the real one.
include(FetchContent)
function(CPMAddPackage)
    cmake_parse_arguments(PARSE_ARGV 0 package "" "NAME;VERSION;GIT_REPOSITORY;GIT_TAG" "OPTIONS")
    if(NOT DEFINED CPM_${package_NAME}_SOURCE)
        message(FATAL_ERROR "this stand-in for CPM downloads nothing: name the source with CPM_${package_NAME}_SOURCE")
    endif()
    FetchContent_Declare(${package_NAME} SOURCE_DIR ${CPM_${package_NAME}_SOURCE})
    FetchContent_MakeAvailable(${package_NAME})
endfunction()
