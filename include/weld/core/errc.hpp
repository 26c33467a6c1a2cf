// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace weld::inline v0 {

/// What went wrong: Linux's errno, under the names of std::errc. It is an enumeration of weld's own because
/// <system_error> costs twenty thousand lines; weld/std.hpp converts between the two.
/// `errc{}` is "no error". Source: errno(3), asm-generic/errno.h.
enum class errc : int {
    success = 0,
    operation_not_permitted = 1,          // EPERM
    no_such_file_or_directory = 2,        // ENOENT
    no_such_process = 3,                  // ESRCH
    interrupted = 4,                      // EINTR
    io_error = 5,                         // EIO
    no_such_device_or_address = 6,        // ENXIO
    bad_file_descriptor = 9,              // EBADF
    resource_unavailable_try_again = 11,  // EAGAIN
    operation_would_block = 11,           // EWOULDBLOCK
    not_enough_memory = 12,               // ENOMEM
    permission_denied = 13,               // EACCES
    bad_address = 14,                     // EFAULT
    device_or_resource_busy = 16,         // EBUSY
    file_exists = 17,                     // EEXIST
    no_such_device = 19,                  // ENODEV
    not_a_directory = 20,                 // ENOTDIR
    is_a_directory = 21,                  // EISDIR
    invalid_argument = 22,                // EINVAL
    too_many_files_open_in_system = 23,   // ENFILE
    too_many_files_open = 24,             // EMFILE
    inappropriate_io_control_operation = 25,  // ENOTTY
    file_too_large = 27,                  // EFBIG
    no_space_on_device = 28,              // ENOSPC
    invalid_seek = 29,                    // ESPIPE
    read_only_file_system = 30,           // EROFS
    broken_pipe = 32,                     // EPIPE
    argument_out_of_domain = 33,          // EDOM
    result_out_of_range = 34,             // ERANGE
    filename_too_long = 36,               // ENAMETOOLONG
    function_not_supported = 38,          // ENOSYS
    too_many_symbolic_link_levels = 40,   // ELOOP
    no_message = 42,                      // ENOMSG
    bad_message = 74,                     // EBADMSG
    value_too_large = 75,                 // EOVERFLOW
    protocol_error = 71,                  // EPROTO
    not_a_socket = 88,                    // ENOTSOCK
    destination_address_required = 89,    // EDESTADDRREQ
    message_size = 90,                    // EMSGSIZE
    wrong_protocol_type = 91,             // EPROTOTYPE
    no_protocol_option = 92,              // ENOPROTOOPT
    protocol_not_supported = 93,          // EPROTONOSUPPORT
    socket_type_not_supported = 94,       // ESOCKTNOSUPPORT
    operation_not_supported = 95,         // EOPNOTSUPP
    address_family_not_supported = 97,    // EAFNOSUPPORT
    address_in_use = 98,                  // EADDRINUSE
    address_not_available = 99,           // EADDRNOTAVAIL
    network_down = 100,                   // ENETDOWN
    network_unreachable = 101,            // ENETUNREACH
    network_reset = 102,                  // ENETRESET
    connection_aborted = 103,             // ECONNABORTED
    connection_reset = 104,               // ECONNRESET
    no_buffer_space = 105,                // ENOBUFS
    already_connected = 106,              // EISCONN
    not_connected = 107,                  // ENOTCONN
    too_many_references = 109,            // ETOOMANYREFS
    timed_out = 110,                      // ETIMEDOUT
    connection_refused = 111,             // ECONNREFUSED
    host_down = 112,                      // EHOSTDOWN
    host_unreachable = 113,               // EHOSTUNREACH
    connection_already_in_progress = 114, // EALREADY
    operation_in_progress = 115,          // EINPROGRESS
    operation_canceled = 125,             // ECANCELED
};

/// True for the one answer that means "not now": the caller may wait for readiness and try again.
constexpr bool would_block(errc error) noexcept { return error == errc::resource_unavailable_try_again; }
/// The same, or a signal came first: nothing was done, and the call may be made again.
constexpr bool try_again(errc error) noexcept { return would_block(error) || error == errc::interrupted; }

/// The error as people read it, a static string: "connection refused". Source: strerror(3).
constexpr const char* message(errc error) noexcept {
    switch (error) {
        case errc::success: return "success";
        case errc::operation_not_permitted: return "operation not permitted";
        case errc::no_such_file_or_directory: return "no such file or directory";
        case errc::no_such_process: return "no such process";
        case errc::interrupted: return "interrupted system call";
        case errc::io_error: return "input/output error";
        case errc::no_such_device_or_address: return "no such device or address";
        case errc::bad_file_descriptor: return "bad file descriptor";
        case errc::resource_unavailable_try_again: return "resource temporarily unavailable";
        case errc::not_enough_memory: return "cannot allocate memory";
        case errc::permission_denied: return "permission denied";
        case errc::bad_address: return "bad address";
        case errc::device_or_resource_busy: return "device or resource busy";
        case errc::file_exists: return "file exists";
        case errc::no_such_device: return "no such device";
        case errc::not_a_directory: return "not a directory";
        case errc::is_a_directory: return "is a directory";
        case errc::invalid_argument: return "invalid argument";
        case errc::too_many_files_open_in_system: return "too many open files in system";
        case errc::too_many_files_open: return "too many open files";
        case errc::inappropriate_io_control_operation: return "inappropriate ioctl for device";
        case errc::file_too_large: return "file too large";
        case errc::no_space_on_device: return "no space left on device";
        case errc::invalid_seek: return "illegal seek";
        case errc::read_only_file_system: return "read-only file system";
        case errc::broken_pipe: return "broken pipe";
        case errc::argument_out_of_domain: return "argument out of domain";
        case errc::result_out_of_range: return "result out of range";
        case errc::filename_too_long: return "file name too long";
        case errc::function_not_supported: return "function not implemented";
        case errc::too_many_symbolic_link_levels: return "too many levels of symbolic links";
        case errc::no_message: return "no message of desired type";
        case errc::bad_message: return "bad message";
        case errc::value_too_large: return "value too large";
        case errc::protocol_error: return "protocol error";
        case errc::not_a_socket: return "not a socket";
        case errc::destination_address_required: return "destination address required";
        case errc::message_size: return "message too long";
        case errc::wrong_protocol_type: return "protocol wrong type for socket";
        case errc::no_protocol_option: return "protocol not available";
        case errc::protocol_not_supported: return "protocol not supported";
        case errc::socket_type_not_supported: return "socket type not supported";
        case errc::operation_not_supported: return "operation not supported";
        case errc::address_family_not_supported: return "address family not supported";
        case errc::address_in_use: return "address already in use";
        case errc::address_not_available: return "cannot assign requested address";
        case errc::network_down: return "network is down";
        case errc::network_unreachable: return "network is unreachable";
        case errc::network_reset: return "network dropped connection on reset";
        case errc::connection_aborted: return "connection aborted";
        case errc::connection_reset: return "connection reset by peer";
        case errc::no_buffer_space: return "no buffer space available";
        case errc::already_connected: return "already connected";
        case errc::not_connected: return "not connected";
        case errc::too_many_references: return "too many references";
        case errc::timed_out: return "timed out";
        case errc::connection_refused: return "connection refused";
        case errc::host_down: return "host is down";
        case errc::host_unreachable: return "no route to host";
        case errc::connection_already_in_progress: return "connection already in progress";
        case errc::operation_in_progress: return "operation in progress";
        case errc::operation_canceled: return "operation canceled";
    }
    return "unknown error";
}

}  // namespace weld::inline v0
