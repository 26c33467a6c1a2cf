# SPDX-License-Identifier: BSL-1.0
"""gdb prints weld's types as people write them:

    (gdb) source /usr/share/weld/gdb/weld.py
    (gdb) print got                     weld::result: 5, or connection_refused
    (gdb) print here                    127.0.0.1:7007
    (gdb) print *skb                    packet of 40 bytes, headroom 34 ... and its bytes
    (gdb) print net                     its sockets, as net.dump() and ss(8) print them

Nothing runs in the program, so a core file will do, but for sockets of the host: what the kernel knows of them is read
from /proc while the process lives. It does not tell a listener's backlog, nor the addresses of a TCP socket that is not
connected yet."""

import os
import re
import socket
import struct

import gdb
import gdb.printing

PREFIX = 'weld::v0::'
STATES = ['?', 'ESTAB', 'SYN-SENT', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'UNCONN', 'CLOSE-WAIT', 'LAST-ACK',
          'LISTEN', 'CLOSING', 'SYN-RECV']


def name_of(kind):
    """A type's name without const, references, typedefs."""
    return kind.unqualified().strip_typedefs().name or ''


def base(value, prefix):
    """The value as the base class, however far up, whose name begins so; None where there is none."""
    if name_of(value.type).startswith(PREFIX + prefix):
        return value
    for field in value.type.strip_typedefs().fields():
        if field.is_base_class:
            found = base(value[field], prefix)
            if found is not None:
                return found
    return None


def numbers(array):
    low, high = array.type.range()
    return [int(array[i]) for i in range(low, high + 1)]


def raw_bytes(array):
    return bytes(n & 0xff for n in numbers(array))


def swapped(value):
    return socket.ntohs(int(value) & 0xffff)


# --- addresses --------------------------------------------------------------------------------------------------------

def address_text(value):
    kind = name_of(value.type)[len(PREFIX):]
    return ADDRESSES[kind](value)


def address4(value):
    return socket.inet_ntop(socket.AF_INET, raw_bytes(value['bytes']))


def address6(value):
    return socket.inet_ntop(socket.AF_INET6, raw_bytes(value['bytes']))


def endpoint4(value):
    return '%s:%d' % (address4(value['address_']), swapped(value['port_']))


def endpoint6(value):
    scope = int(value['scope_id_'])
    return '[%s%s]:%d' % (address6(value['address_']), '%%%d' % scope if scope else '', swapped(value['port_']))


def mac_address(value):
    return ':'.join('%02x' % b for b in raw_bytes(value['bytes']))


def unix_address(value):
    name = raw_bytes(value['characters_'])[:int(value['size_'])].decode(errors='replace')
    return '@' + name[1:] if name.startswith('\0') else './' + name if name.startswith('@') else name


def packet_address(value):
    station = ':'.join('%02x' % b for b in raw_bytes(value['station_'])[:int(value['station_size_'])])
    text = '%s%%%d/0x%04x' % (station, int(value['interface_index_']), swapped(value['protocol_']))
    kind, hardware = int(value['type_']), int(value['hardware_type_'])
    return text if kind == 0 and hardware == 0 else '%s/%d/%d' % (text, hardware, kind)


ADDRESSES = {'address4': address4, 'address6': address6, 'endpoint4': endpoint4, 'endpoint6': endpoint6,
             'mac_address': mac_address, 'unix_address': unix_address, 'packet_address': packet_address}


def with_port(address, port):
    text = address_text(address)
    if ':' in text:
        text = '[%s]' % text
    return '%s:%s' % (text, port if port else '*')


# --- walking what weld links ------------------------------------------------------------------------------------------

def in_list(listed, kind):
    """The objects of a weld::list: `kind` is what derives from list_node."""
    head = listed['head_']
    node, end = head['next_'], head.address
    while node != 0 and node != end:
        yield node.cast(kind.pointer()).dereference()
        node = node['next_']


def element(listed):
    return listed.type.strip_typedefs().template_argument(0)


def in_pool(pool):
    """Every object of a weld::pool, in the order in which its chunks came."""
    chunks, chunk = [], pool['chunks_']
    while chunk != 0:
        chunks.insert(0, chunk)
        chunk = chunk['next']
    for chunk in chunks:
        objects = chunk['objects']
        for i in range(objects.type.range()[1] + 1):
            yield objects[i]


# --- socks: each gives rows of (protocol, state, recv-q, send-q, local, peer) -----------------------------------------

def tuple_ends(connection):
    ends = connection['tuple']
    return (with_port(ends['local'], int(ends['local_port'])), with_port(ends['remote'], int(ends['remote_port'])))


def seq_difference(a, b):
    return (int(a['number_']) - int(b['number_'])) & 0xffffffff


def tcp_rows(sk):
    listening = sk['listening']
    if listening == 0:
        state = int(sk['state'])
        in_flight = 0 if state in (2, 3, 10) else seq_difference(sk['snd_nxt'], sk['snd_una'])
        yield ('tcp', STATES[state], int(sk['receive_queue']['bytes_']), in_flight + int(sk['write_queue']['bytes_'])) + tuple_ends(sk)
        return
    yield ('tcp', 'LISTEN', int(listening['waiting']), int(listening['backlog'])) + tuple_ends(sk)
    queue = listening['syn_queue']
    for half in in_list(queue, element(queue)):
        yield ('tcp', 'SYN-RECV', 0, 0) + tuple_ends(half)


def timewait_rows(rest):
    yield ('tcp', STATES[int(rest['substate'])], 0, 0) + tuple_ends(rest)


def inet_rows(sk, protocol):
    connected = bool(sk['connected'])
    held = sk['bucket']
    port = int(held['port']) if held != 0 else 0
    if protocol == 'raw':
        port = int(sk['number'])
    local = sk['sends_from'] if connected else sk['address']
    yield (protocol, 'ESTAB' if connected else 'UNCONN', int(sk['receive_memory']), 0, with_port(local, port),
           with_port(sk['peer'], int(sk['peer_port'])))


def packet_rows(sk):
    protocol = 'packet_cooked' if sk['cooked'] else 'packet_raw'
    yield (protocol, 'UNCONN', int(sk['receive_memory']), 0, '%%%d/0x%04x' % (int(sk['interface']), int(sk['ether_type'])), '*')


def unix_name(sk):
    if sk == 0 or sk['name'] == 0:
        return '*'
    return unix_address(sk['name']['address']) or '*'


def unix_rows(sk):
    if sk['dead']:
        return
    kind, state = int(sk['type']), int(sk['state'])
    protocol = {1: 'unix_stream', 2: 'unix_datagram'}.get(kind, 'unix_seqpacket')
    if state == 1:
        queues = ('LISTEN', int(sk['waiting_connections']), int(sk['backlog']))
    else:
        received, messages = 0, sk['messages']
        for message in in_list(messages, element(messages)):
            received += int(message['size']) - int(message['taken'])
            if kind == 2:
                break
        queues = ('ESTAB' if sk['peer'] != 0 else 'UNCONN', received, int(sk['write_memory']))
    yield (protocol,) + queues + (unix_name(sk.address), unix_name(sk['peer']))


# --- sockets of the host, as /proc tells them -------------------------------------------------------------------------

def proc_address(text):
    address, port = text.split(':')
    raw = b''.join(struct.pack('<I', int(address[i:i + 8], 16)) for i in range(0, len(address), 8))
    six = len(raw) == 16
    name = socket.inet_ntop(socket.AF_INET6 if six else socket.AF_INET, raw)
    return '%s:%s' % ('[%s]' % name if six else name, int(port, 16) or '*')


def proc_lines(process, table):
    try:
        with open('/proc/%d/net/%s' % (process, table)) as file:
            return [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []


def proc_rows(process):
    """What the kernel lists, by inode."""
    rows = {}
    for table, protocol in (('tcp', 'tcp'), ('tcp6', 'tcp6'), ('udp', 'udp'), ('udp6', 'udp6'), ('raw', 'raw'), ('raw6', 'raw6'),
                            ('icmp', 'ping'), ('icmp6', 'ping6')):
        for words in proc_lines(process, table):
            sent, received = (int(n, 16) for n in words[4].split(':'))
            rows[words[9]] = (protocol, STATES[int(words[3], 16)], received, sent, proc_address(words[1]), proc_address(words[2]))
    for words in proc_lines(process, 'unix'):
        protocol = {1: 'unix_stream', 2: 'unix_datagram', 5: 'unix_seqpacket'}.get(int(words[4], 16), '?')
        state = 'LISTEN' if int(words[3], 16) & 0x10000 else 'ESTAB' if words[5] == '03' else 'UNCONN'
        rows[words[6]] = (protocol, state, 0, 0, words[7] if len(words) > 7 else '*', '*')
    for words in proc_lines(process, 'packet'):
        protocol = 'packet_raw' if words[2] == '3' else 'packet_cooked'
        rows[words[8]] = (protocol, 'UNCONN', int(words[6]), 0, '%%%s/0x%s' % (words[4], words[3]), '*')
    return rows


def living_process():
    inferior = gdb.selected_inferior()
    connection = getattr(inferior, 'connection', None)
    return inferior.pid if connection is None or connection.type == 'native' else 0


def host_rows(descriptors):
    process = living_process()
    kernel = proc_rows(process) if process else {}
    for descriptor in descriptors:
        try:
            link = os.readlink('/proc/%d/fd/%d' % (process, descriptor)) if process else ''
        except OSError:
            link = ''
        if not process:
            yield ('?', '?', 0, 0, 'descriptor %d' % descriptor, '?')
        elif link.startswith('socket:['):
            yield kernel.get(link[8:-1], ('?', 'UNCONN', 0, 0, '*', '*'))


# --- parts and nets ---------------------------------------------------------------------------------------------------

def protocol_of(part):
    """The protocol's name: of weld's own by their type, of others by their description's."""
    kind = name_of(part.type)
    for protocol in ('udp', 'raw', 'icmp'):
        if re.match(PREFIX + r'stack::(basic_)?%s\b' % protocol, kind):
            return 'ping' if protocol == 'icmp' else protocol
    try:
        table = gdb.lookup_type(kind + '::protosw').strip_typedefs().name
        return re.search(r'entry<(?:\w+::)*(\w+?)(?:_description)?\{', table).group(1)
    except (gdb.error, AttributeError):
        return kind.split('::')[-1]


def part_rows(part):
    tcp = base(part, 'stack::tcp_part<')
    if tcp is not None:
        sock = gdb.lookup_type(name_of(tcp.type).replace('tcp_part<', 'tcp_sock<', 1))
        for each in in_list(tcp['open_'], element(tcp['open_'])):
            yield from tcp_rows(each.address.cast(sock.pointer()).dereference())
        for rest in in_list(tcp['all_timewaits_'], element(tcp['all_timewaits_'])):
            yield from timewait_rows(rest)
        return
    inet = base(part, 'stack::inet_proto<')
    if inet is not None:
        sock, protocol = inet.type.strip_typedefs().template_argument(1), protocol_of(part)
        for each in in_list(inet['open_'], element(inet['open_'])):
            yield from inet_rows(each.address.cast(sock.pointer()).dereference(), protocol)
        return
    packets = base(part, 'stack::packet_family')
    if packets is not None:
        for sk in in_list(packets['open_'], element(packets['open_'])):
            yield from packet_rows(sk)
        return
    unix = base(part, 'stack::unix_lifetime')
    if unix is not None:
        sock = gdb.lookup_type(PREFIX + 'stack::unix_sock')
        for each in in_list(unix['all_'], element(unix['all_'])):
            yield from unix_rows(each.address.cast(sock.pointer()).dereference())


def event_source_rows(source):
    kind = name_of(source.type)
    if kind.startswith(PREFIX + 'shared<'):
        source = source['source'].dereference()
        kind = name_of(source.type)
    if kind.startswith(PREFIX + 'io::basic_epoll<'):
        yield from host_rows([int(place['fd']) for place in in_pool(source['descriptors_']) if int(place['holders']) != 0])


def parts_of(net):
    """The default event source, then the parts as they are listed."""
    foundation = base(net, 'detail::foundation<')
    parts = []
    for field in base(net, 'detail::slots<').type.strip_typedefs().fields():
        if field.is_base_class:
            parts.append(base(net, 'detail::slots<')[field]['part'])
    return foundation['default_source'], parts


def net_rows(net):
    default_source, parts = parts_of(net)
    for source in [default_source] + parts:
        yield from event_source_rows(source)
    for part in parts:
        yield from part_rows(part)


def table(rows):
    """Each column as wide as its widest entry: what net.dump() prints."""
    lines = [('Protocol', 'State', 'Recv-Q', 'Send-Q', 'Local address', 'Peer address')] + [tuple(map(str, row)) for row in rows]
    width = [max(len(line[i]) for line in lines) for i in range(6)]
    return '\n'.join('  '.join(cell.rjust(w) if i in (2, 3, 4) else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, width))).rstrip()
                     for line in lines)


# --- printers ---------------------------------------------------------------------------------------------------------

class Text:
    """A printer that is one function."""

    def __init__(self, value, text):
        self.value, self.text = value, text

    def to_string(self):
        return self.text(self.value)


class Result:
    def __init__(self, value):
        self.value = value
        self.error = int(value['error_'])
        self.has_payload = any(f.name == 'value_' or f.name is None or f.name == '' for f in value.type.strip_typedefs().fields())

    def to_string(self):
        if self.error:
            return 'error %s' % gdb.Value(self.error).cast(gdb.lookup_type(PREFIX + 'errc')).format_string().split('::')[-1]
        return 'result' if self.has_payload else 'success'

    def children(self):
        if not self.error and self.has_payload:
            yield 'value', self.value['value_']


class Packet:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        skb, block = self.value, self.value['block_'].dereference()
        size, data = int(skb['size_']), int(skb['data_'])
        text = 'packet of %d bytes, headroom %d, tailroom %d, checksum %s' % (
            size, data, int(block['capacity']) - data - size, str(skb['checksum']).split('::')[-1])
        if int(skb['gso_size']):
            text += ', super-segment of %d x %d' % (int(skb['gso_segments']), int(skb['gso_size']))
        if int(block['references']) > 1:
            text += ', shared by %d' % int(block['references'])
        shown = min(size, 64)
        if shown:
            begin = int(skb['block_']) + block.type.sizeof + data
            memory = bytes(gdb.selected_inferior().read_memory(begin, shown))
            text += ': ' + memory.hex(' ') + (' ...' if size > shown else '')
        return text


class PacketBuffer:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return 'no packet' if self.value['packet_'] == 0 else Packet(self.value['packet_'].dereference()).to_string()


def queue(value):
    return 'queue of %d packets, %d bytes' % (int(value['packets_']), int(value['bytes_']))


def row_text(rows):
    rows = list(rows)
    return '\n'.join('%s %s, Recv-Q %d, Send-Q %d, %s to %s' % row for row in rows) if rows else 'closed'


def descriptor(value):
    if int(value['holders']) == 0:
        return 'no descriptor'
    return 'descriptor %d: %s' % (int(value['fd']), row_text(host_rows([int(value['fd'])])))


def inet_sock_protocol(value):
    kind = name_of(value.type)
    match = re.match(PREFIX + r'stack::(\w+?)_sock\b', kind)
    return match.group(1) if match else 'inet'


def net(value):
    rows = list(net_rows(value))
    return 'net of %d parts, %d sockets\n%s' % (len(parts_of(value)[1]), len(rows), table(rows))


def handle(value):
    if value['sock_'] == 0:
        return 'closed socket'
    sk = value['sock_'].dereference()
    kind = name_of(sk.type)
    printer = find(sk)
    return printer.to_string() if printer is not None else 'socket over ' + kind


def text(value):
    return value['data_'].string(length=int(value['size_']))


def text_buffer(value):
    return value['characters_'].string(length=int(value['size_']))


def duration_text(nanoseconds):
    if nanoseconds == 2 ** 63 - 1:
        return 'infinite'
    for unit, size in (('s', 10 ** 9), ('ms', 10 ** 6), ('us', 10 ** 3)):
        if abs(nanoseconds) >= size:
            return '%g %s' % (nanoseconds / size, unit)
    return '%d ns' % nanoseconds


PRINTERS = [
    (r'result<.*>$', Result),
    (r'(address4|address6|endpoint4|endpoint6|mac_address|unix_address|packet_address)$', lambda v: Text(v, address_text)),
    (r'packet$', Packet),
    (r'packet_buffer$', PacketBuffer),
    (r'packet_queue$', lambda v: Text(v, queue)),
    (r'text$', lambda v: Text(v, text)),
    (r'text_buffer<.*>$', lambda v: Text(v, text_buffer)),
    (r'duration$', lambda v: Text(v, lambda d: duration_text(int(d['count_'])))),
    (r'time_point$', lambda v: Text(v, lambda t: duration_text(int(t['since_start_']['count_'])) + ' since the start')),
    (r'net<.*>$', lambda v: Text(v, net)),
    (r'socket<.*>$', lambda v: Text(v, handle)),
    (r'stack::tcp_sock<.*>$', lambda v: Text(v, lambda sk: row_text(tcp_rows(sk)))),
    (r'stack::timewait_sock<.*>$', lambda v: Text(v, lambda sk: row_text(timewait_rows(sk)))),
    (r'stack::(udp_sock<.*>|raw_sock|ping_sock)$', lambda v: Text(v, lambda sk: row_text(inet_rows(sk, inet_sock_protocol(sk))))),
    (r'stack::packet_sock$', lambda v: Text(v, lambda sk: row_text(packet_rows(sk)))),
    (r'stack::unix_sock$', lambda v: Text(v, lambda sk: row_text(unix_rows(sk)))),
    (r'io::watched$', lambda v: Text(v, descriptor)),
]
PRINTERS = [(re.compile(PREFIX + pattern), make) for pattern, make in PRINTERS]


def find(value):
    kind = name_of(value.type)
    if value.type.strip_typedefs().code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        return None
    for pattern, make in PRINTERS:
        if pattern.match(kind):
            return make(value)
    return None


class Collection(gdb.printing.PrettyPrinter):
    def __init__(self):
        super().__init__('weld')

    def __call__(self, value):
        return find(value)


gdb.printing.register_pretty_printer(None, Collection(), replace=True)
