#!/usr/bin/env bats
# A client on the local socket that means harm. The broker lives, answers each
# request once, and others do not notice; lib/hostile.py says what is measured.

setup() {
	load lib/setup
	load lib/py
	instance_start -s 2
}

teardown() {
	instance_stop
}

# harm: Python from stdin, with the names of hostile.py.
harm() {
	{
		echo 'from hostile import *; random.seed(7)'
		cat
	} | PYTHONPATH=$top/test/lib PYTHONDONTWRITEBYTECODE=1 \
	    timeout 100 python3 - >&2
}

@test "random payloads and wrong types for each topic are answered once" {
	harm <<-'EOF'
	values = [None, True, -1, 1 << 62, 1.5e308, "", "x" * 300, [], {},
	          [[[]]], {"a": {"b": []}}]
	quiet = {"shutdown.start", "overlay.disconnect-subtree", "rexec.kill",
	         "job-manager.killall", "job-manager.raiseall", "log.append"}

	def wrong(text):
	    """Payloads that are nearly right."""
	    yield from (None, b"", b"\0", b"{", b"{}\0", b"[1]\0", b'"x"\0',
	                b"\xff\xfe\0", text.encode(), b"[" * 5000 + b"\0",
	                random.randbytes(200))
	    try:
	        o = json.loads(text)
	    except ValueError:
	        return
	    for k in o:
	        yield {x: o[x] for x in o if x != k}
	        for v in random.sample(values, 4):
	            yield {**o, k: v}

	with Harm() as h:
	    for kind, topic, text in topics():
	        if topic in quiet:
	            continue
	        f = Flux()
	        flags = STREAMING if kind == "+" else 0
	        tags = [f.send(topic, p, flags=flags) for p in wrong(text)]
	        ping = f.send("attr.get", {"name": "rank"})
	        answers = {}
	        while True:
	            m = f.read(20)
	            need(m, f"{topic}: no answer to the ping")
	            if m.type != RESPONSE:
	                continue
	            if m.tag == ping:
	                break
	            over = not m.flags & STREAMING or m.aux1
	            need(m.tag in tags, f"{topic}: answer {m.tag}")
	            need(not answers.get(m.tag), f"{topic}: second answer")
	            answers[m.tag] = over
	        f.close()
	EOF
}

@test "strings of 100 MB are refused or taken, and their memory comes back" {
	harm <<-'EOF'
	with Harm() as h:
	    for topic, key in (("attr.get", "name"), ("job-ingest.submit", "J"),
	                       ("event.subscribe", "topic")):
	        f = Flux(timeout=60)
	        tag = f.send(topic, b'{"%s":"' % key.encode() +
	                     b"x" * (100 * MB) + b'"}\0')
	        h.look()
	        try:
	            print(topic, f.answer(tag))
	        except RpcError as e:
	            print(topic, str(e)[:60])
	        f.close()
	    need(h.look() < 600 * MB, f"it took {h.peak // MB} MB")
	EOF
}

@test "half messages, and sizes that are lies, cost what was sent" {
	harm <<-'EOF'
	with Harm() as h:
	    whole = frame(REQUEST, "attr.get", b'{"name":"rank"}\0')
	    clients = []
	    for i in range(200):
	        f = Flux()
	        f.s.sendall(whole[: 1 + i % (len(whole) - 1)])
	        clients.append(f)
	    for i in range(50): # as long as they may be
	        f = Flux()
	        f.s.sendall(b"\x12\x00\xee\xff\x3f\xff\xff\xff" + b"x" * MB)
	        clients.append(f)
	    wait_for(lambda: h.look() > 20 * MB, "it reads them")
	    need(h.look() < 50 * 4 * MB, f"it took {h.peak // MB} MB")
	    for i, f in enumerate(clients[:100]): # the other half
	        f.s.sendall(whole[1 + i % (len(whole) - 1) :])
	        is_(f.answer(1), {"value": "0", "flags": 1})
	    for f in clients:
	        f.close()
	EOF
}

@test "10,000 open watches of one client" {
	harm <<-'EOF'
	with Harm() as h:
	    f = Flux()
	    # a job that does not start
	    f.rpc("job-manager.queue-start", {"start": False, "all": True})
	    jobid = f.submit(jobspec())
	    g = Flux(timeout=60)
	    kinds = [("job-info.eventlog-watch",
	              {"id": jobid, "path": "guest.output", "flags": 0}),
	             ("job-info.update-watch", {"id": jobid, "key": "jobspec",
	                                        "flags": 0}),
	             ("kvs-watch.lookup", {"key": "x.y", "namespace": "primary",
	                                   "flags": 14}),
	             ("job-manager.events-journal", {}),
	             ("log.dmesg", {"follow": True, "nobacklog": True})]
	    for i in range(10000):
	        topic, o = kinds[i % len(kinds)]
	        g.start(topic, o)
	        if i % 100 == 0: # read what there is
	            g.rpc("attr.get", {"name": "rank"})
	            g.waiting.clear()
	    need(h.look() < 100 * MB, f"it took {h.peak // MB} MB")
	    f.cancel_job(jobid)
	    g.rpc("attr.get", {"name": "rank"})
	    g.close()
	    f.rpc("job-manager.queue-start", {"start": True, "all": True})
	    f.close()
	EOF
}

@test "subscriptions, services and ranks without end" {
	harm <<-'EOF'
	with Harm() as h:
	    f = Flux(timeout=60)
	    for i in range(20000):
	        t = f.send("attr.get", {"name": "rank"}, nodeid=i + 2)
	        if i % 500 == 499:
	            try:
	                f.answer(t)
	            except RpcError as e:
	                is_(e.errnum, 113)
	            f.waiting.clear()
	    for i in range(5000):
	        t = f.send("event.subscribe", {"topic": f"x{i}"})
	        t = f.send("service.add", {"service": f"svc{i}"})
	    f.answer(t)
	    f.close()
	EOF
}

@test "a client that never reads cannot ask for ever" {
	harm <<-'EOF'
	with Harm() as h:
	    f = Flux()
	    ping = frame(REQUEST, "attr.ping",
	                 json.dumps({"pad": "x" * 500000}).encode() + b"\0")
	    f.s.settimeout(3) # then it is not heard any more
	    try:
	        for i in range(400):
	            f.s.sendall(ping)
	            need(h.look() < 100 * MB, f"it took {h.peak // MB} MB")
	        raise SystemExit("all of it was taken")
	    except TimeoutError:
	        pass
	    for i in range(20): # it goes on with who reads at last
	        need(f.read(20), "nothing comes")
	    f.close()
	EOF
}

@test "a client that does not read events is cut off before it costs much" {
	harm <<-'EOF'
	with Harm() as h:
	    f, g = Flux(), Flux()
	    f.subscribe("x.")
	    text = base64.b64encode(b"x" * 3 * MB).decode()
	    with_it = fds(h.pid)
	    for i in range(120):
	        g.rpc("event.publish", {"topic": "x.y", "flags": 0,
	                                "payload": text})
	        need(h.look() < 400 * MB, f"it took {h.peak // MB} MB")
	        if fds(h.pid) < with_it:
	            break
	    else:
	        raise SystemExit("it was not cut off")
	    g.close()
	    f.close()
	EOF
}

@test "a client that is stopped misses nothing when it goes on" {
	harm <<-'EOF'
	with Harm() as h:
	    p = subprocess.Popen([sys.executable, "-c", """if True:
	        from fluxraw import *
	        f = Flux(timeout=60)
	        f.subscribe("x.")
	        print("ready", flush=True)
	        for i in range(2000):
	            is_(f.event("x.", 60)[1], {"i": i, "pad": "x" * 1000})
	        print("all", flush=True)"""], stdout=subprocess.PIPE, text=True)
	    is_(p.stdout.readline(), "ready\n")
	    p.send_signal(signal.SIGSTOP)
	    f = Flux()
	    for i in range(2000):
	        f.rpc("event.publish", {"topic": "x.y", "flags": 0,
	              "payload": base64.b64encode(json.dumps(
	                  {"i": i, "pad": "x" * 1000}).encode()
	                  + b"\0").decode()})
	    p.send_signal(signal.SIGCONT)
	    is_(p.stdout.readline(), "all\n")
	    p.wait()
	    f.close()
	EOF
}

@test "one matchtag for all, answers that nobody asked for, and other kinds" {
	harm <<-'EOF'
	with Harm() as h:
	    f = Flux()
	    for i in range(500):
	        f.send("attr.get", {"name": "rank"}, tag=7)
	    for i in range(500):
	        is_(f.answer(7)["value"], "0")
	    for kind in (RESPONSE, 0, 3, 8, 255):
	        try:
	            for tag in range(1, 200):
	                f.s.sendall(frame(kind, "attr.get", b"{}\0", tag))
	            is_(f.rpc("attr.get", {"name": "rank"})["value"], "0")
	        except OSError: # it may be sent away
	            f = Flux()
	    # each other's answers
	    a, b = Flux(), Flux()
	    a.rpc("service.add", {"service": "mine"})
	    t = b.send("mine.x", {})
	    m = a.take(lambda m: m.type == REQUEST)
	    need(m, "no request")
	    c = Flux()
	    body = part(m.routes[0]) + b"\0" + part(b"mine.x") + part(b"{}\0") + \
	        part(struct.pack(">BBBBIIII", 0x8E, 1, RESPONSE,
	                         TOPIC | ROUTE | PAYLOAD, ANY, 0, 0, t))
	    raw = b"\x12\x00\xee\xff" + struct.pack(">I", len(body)) + body
	    c.s.sendall(raw)
	    c.rpc("attr.get", {"name": "rank"})
	    need(b.quiet(t), "somebody else has answered")
	    a.s.sendall(raw)
	    is_(b.answer(t), {})
	    a.s.sendall(raw) # again
	    a.rpc("attr.get", {"name": "rank"})
	    need(b.quiet(t), "a second answer")
	    for x in (a, b, c, f):
	        x.close()
	EOF
}
