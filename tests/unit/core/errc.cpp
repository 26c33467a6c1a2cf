// SPDX-License-Identifier: BSL-1.0
#include <weld/core/errc.hpp>

#include "support/catch.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#define WELD_SAME(name, number) static_assert(static_cast<int>(weld::errc::name) == number)
WELD_SAME(operation_not_permitted, EPERM);
WELD_SAME(no_such_file_or_directory, ENOENT);
WELD_SAME(interrupted, EINTR);
WELD_SAME(io_error, EIO);
WELD_SAME(no_such_device_or_address, ENXIO);
WELD_SAME(bad_file_descriptor, EBADF);
WELD_SAME(resource_unavailable_try_again, EAGAIN);
WELD_SAME(operation_would_block, EWOULDBLOCK);
WELD_SAME(not_enough_memory, ENOMEM);
WELD_SAME(permission_denied, EACCES);
WELD_SAME(bad_address, EFAULT);
WELD_SAME(device_or_resource_busy, EBUSY);
WELD_SAME(file_exists, EEXIST);
WELD_SAME(no_such_device, ENODEV);
WELD_SAME(not_a_directory, ENOTDIR);
WELD_SAME(is_a_directory, EISDIR);
WELD_SAME(invalid_argument, EINVAL);
WELD_SAME(too_many_files_open_in_system, ENFILE);
WELD_SAME(too_many_files_open, EMFILE);
WELD_SAME(inappropriate_io_control_operation, ENOTTY);
WELD_SAME(file_too_large, EFBIG);
WELD_SAME(no_space_on_device, ENOSPC);
WELD_SAME(invalid_seek, ESPIPE);
WELD_SAME(read_only_file_system, EROFS);
WELD_SAME(broken_pipe, EPIPE);
WELD_SAME(argument_out_of_domain, EDOM);
WELD_SAME(result_out_of_range, ERANGE);
WELD_SAME(filename_too_long, ENAMETOOLONG);
WELD_SAME(function_not_supported, ENOSYS);
WELD_SAME(too_many_symbolic_link_levels, ELOOP);
WELD_SAME(bad_message, EBADMSG);
WELD_SAME(value_too_large, EOVERFLOW);
WELD_SAME(protocol_error, EPROTO);
WELD_SAME(not_a_socket, ENOTSOCK);
WELD_SAME(destination_address_required, EDESTADDRREQ);
WELD_SAME(message_size, EMSGSIZE);
WELD_SAME(wrong_protocol_type, EPROTOTYPE);
WELD_SAME(no_protocol_option, ENOPROTOOPT);
WELD_SAME(protocol_not_supported, EPROTONOSUPPORT);
WELD_SAME(socket_type_not_supported, ESOCKTNOSUPPORT);
WELD_SAME(operation_not_supported, EOPNOTSUPP);
WELD_SAME(address_family_not_supported, EAFNOSUPPORT);
WELD_SAME(address_in_use, EADDRINUSE);
WELD_SAME(address_not_available, EADDRNOTAVAIL);
WELD_SAME(network_down, ENETDOWN);
WELD_SAME(network_unreachable, ENETUNREACH);
WELD_SAME(network_reset, ENETRESET);
WELD_SAME(connection_aborted, ECONNABORTED);
WELD_SAME(connection_reset, ECONNRESET);
WELD_SAME(no_buffer_space, ENOBUFS);
WELD_SAME(already_connected, EISCONN);
WELD_SAME(not_connected, ENOTCONN);
WELD_SAME(too_many_references, ETOOMANYREFS);
WELD_SAME(timed_out, ETIMEDOUT);
WELD_SAME(connection_refused, ECONNREFUSED);
WELD_SAME(host_down, EHOSTDOWN);
WELD_SAME(host_unreachable, EHOSTUNREACH);
WELD_SAME(connection_already_in_progress, EALREADY);
WELD_SAME(operation_in_progress, EINPROGRESS);
WELD_SAME(operation_canceled, ECANCELED);

// The names are std::errc's, where it has one.
static_assert(static_cast<int>(weld::errc::too_many_files_open) == static_cast<int>(std::errc::too_many_files_open));
static_assert(static_cast<int>(weld::errc::operation_canceled) == static_cast<int>(std::errc::operation_canceled));
static_assert(weld::errc{} == weld::errc::success);
static_assert(would_block(weld::errc::operation_would_block) && !would_block(weld::errc::timed_out) && !would_block(weld::errc{}));

TEST_CASE("every error has a message, close to the C library's", "[errc]") {
    int known = 0;
    for (int number = 1; number < 134; ++number) {
        const std::string ours = message(static_cast<weld::errc>(number));
        if (ours == "unknown error") continue;
        ++known;
        CHECK(ours.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos);
        CHECK(ours.back() != '.');
    }
    CHECK(known >= 58);
    CHECK(std::string{message(weld::errc{})} == "success");
    CHECK(std::string{message(static_cast<weld::errc>(4711))} == "unknown error");
}
