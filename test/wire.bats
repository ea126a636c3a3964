#!/usr/bin/env bats
# The bytes on a broker's socket, without any Flux library.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

# exchange HEX N: connect, send the bytes, print N bytes of what comes back
# (the byte of welcome first) in hex.
exchange() {
	python3 - "${FLUX_URI#local://}" "$1" "$2" <<-'EOF'
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(20)
	s.connect(sys.argv[1])
	s.sendall(bytes.fromhex(sys.argv[2]))
	got, want = b"", int(sys.argv[3])
	while len(got) < want:
	    more = s.recv(want - len(got))
	    if not more:
	        break
	    got += more
	print(got.hex())
	EOF
}

hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

uid() { printf '%08x' "$(id -u)"; }

@test "attr.get of rank is answered byte for byte" {
	run -0 exchange "1200eeff00000030 00 08$(hex attr.get) 10$(hex '{"name":"rank"}')00 14 8e01010b ffffffff 00000000 ffffffff 00000001" 65
	is "$output" "001200eeff000000380008$(hex attr.get)18$(hex '{"value":"0","flags":1}')00148e01020b$(uid)000000050000000000000001"
}

@test "an unknown attribute is an error without text" {
	local name='{"name":"nosuch"}'
	run -0 exchange "1200eeff00000032 00 08$(hex attr.get) 12$(hex "$name")00 14 8e01010b ffffffff 00000000 ffffffff 00000002" 40
	is "$output" "001200eeff0000001f0008$(hex attr.get)148e010209$(uid)000000050000000200000002"
}

@test "an unknown service is an error with text" {
	run -0 exchange "1200eeff0000001e 00 07$(hex foo.bar) 14 8e010109 ffffffff 00000000 ffffffff 00000003" 82
	is "$output" "001200eeff000000490007$(hex foo.bar)2a$(hex 'No service matching foo.bar is registered')00148e01020b$(uid)000000050000002600000003"
}

@test "a rank that is not there is EHOSTUNREACH without text" {
	run -0 exchange "1200eeff0000001f 00 08$(hex attr.get) 14 8e010109 ffffffff 00000000 00000007 00000001" 40
	is "$output" "001200eeff0000001f0008$(hex attr.get)148e010209$(uid)000000050000007100000001"
}

@test "a request to rank 1 is answered by rank 1" {
	run -0 exchange "1200eeff00000030 00 08$(hex attr.get) 10$(hex '{"name":"rank"}')00 14 8e01010b ffffffff 00000000 00000001 00000001" 65
	[[ $output == *"$(hex '{"value":"1","flags":1}')"* ]]
}

@test "garbage closes the connection and the broker lives" {
	run -0 exchange "474554202f20485454502f312e310d0a0d0a" 100
	is "$output" 00
	run -0 exchange "1200eeff000000040102030405060708" 100
	is "$output" 00
	run -0 exchange "1200eeffffffffff" 100
	is "$output" 00
	is "$(flux getattr size)" 2
}
