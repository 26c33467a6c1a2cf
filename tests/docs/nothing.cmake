# For tests/docs/check: what a CMakeLists.txt says does nothing, but it has to be CMake, and its variables may be used.
foreach(command include project add_subdirectory add_executable target_link_libraries find_package FetchContent_Declare
                FetchContent_MakeAvailable CPMAddPackage)
    cmake_language(EVAL CODE "function(${command})\nif(ARGC EQUAL 0)\nmessage(FATAL_ERROR \"${command} of nothing\")\nendif()\nendfunction()")
endforeach()
