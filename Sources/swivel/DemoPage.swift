// The demo's page: whole in itself, without a framework, and of use without its script.

enum DemoPage {
    static func text(from server: DemoServer, _ servers: [DemoServer]) -> String {
        start + "<p>This page came from <b class=\"server \(server.name)\">server \(server.name)</b> at \(server.address).\n"
            + servers.map(lane).joined() + end
    }

    private static func lane(_ server: DemoServer) -> String {
        let order = server.isRunning ? "stop" : "start"
        return """
            <section class="lane \(server.name)\(server.isRunning ? "" : " stopped")" data-server="\(server.name)">
            <h2>server \(server.name)</h2><span>\(server.address)</span>
            <form method="post" action="\(order)?server=\(server.name)"><button>\(order)</button></form>
            <output>0</output><div class="strip"></div>
            </section>

            """
    }

    private static let start = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <link rel="icon" href="data:,">
        <title>Swivel: three servers behind one address</title>
        <style>
        :root { color-scheme: light dark; --rest: #8883; --a: #2f6fde; --b: #e08a1e; --c: #1f9d6b; --bad: #d3242f }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
        h1 { margin: 0 } h2 { font-size: 1rem; margin: 0 }
        .a { --mine: var(--a) } .b { --mine: var(--b) } .c { --mine: var(--c) }
        b.server, h2 { color: var(--mine) }
        .lane { display: grid; grid-template-columns: 6rem 10rem 6rem 1fr; align-items: center; gap: .2rem 1rem; margin: 1rem 0 }
        .lane span { font-family: monospace } .lane output { text-align: right; font-variant-numeric: tabular-nums }
        .lane.stopped h2, .lane.stopped span { opacity: .5; text-decoration: line-through }
        button { font: inherit; width: 6rem }
        .strip { grid-column: 1 / -1; min-width: 0; display: grid; grid-template-columns: repeat(96, 1fr); gap: 1px; height: 1.6rem }
        .strip i { background: var(--rest) }
        .strip i.hit { background: var(--mine) }
        .strip i.off { background: none }
        .strip i.failed { background: repeating-linear-gradient(45deg, var(--bad) 0 3px, transparent 3px 6px) }
        #lines { list-style: none; margin: .5rem 0; padding: 0; height: 9rem; overflow-y: auto; border-block: 1px solid var(--rest) }
        #lines b { color: var(--mine) }
        #chat input { font: inherit; width: 20rem; max-width: 60% }
        footer { opacity: .8 }
        </style>
        <h1>Swivel</h1>

        """

    private static let end = """
        <p><span id="sum">Load the page again, and another server answers.</span> <b id="word" role="status"></b>
        <section id="room" hidden>
        <h2>A chat over WebSocket <b id="carrier"></b></h2>
        <ol id="lines"></ol>
        <form id="chat"><input name="line" maxlength="120" autocomplete="off" aria-label="line"> <button>say</button></form>
        </section>
        <footer><p>With the script on, this page asks four times a second, and each answer is drawn where its server
        stands. Stop a server: its socket is closed, and the others go on. Whatever got no answer would be drawn
        red. The chat is one connection through one of them, named before each line: stop that server, and the page
        connects again, through another. Ask from a shell, too: <code>curl <span id="address"></span></code></footer>
        <script>
        "use strict";
        const cellCount = 96;
        const lanes = [...document.querySelectorAll(".lane")];
        const part = (lane, selector) => lane.querySelector(selector);
        let answers = 0, failures = 0;

        for (const lane of lanes) {
            for (let index = 0; index < cellCount; index++) part(lane, ".strip").append(cell("off"));
            part(lane, "form").addEventListener("submit", async event => {
                event.preventDefault();
                const response = await fetch(event.target.action, { method: "POST" }).catch(() => null);
                say(response ? await response.text() : "The order got no answer.");
            });
        }

        function cell(kind) {
            const made = document.createElement("i");
            made.className = kind;
            return made;
        }

        /// What one request came to; no name: it got no answer.
        function draw(name) {
            for (const lane of lanes) {
                const isHit = lane.dataset.server === name;
                const rest = lane.classList.contains("stopped") ? "off" : "";
                const strip = part(lane, ".strip");
                strip.append(cell(isHit ? "hit" : name ? rest : "failed"));
                strip.firstChild.remove();
                if (isHit) part(lane, "output").value = Number(part(lane, "output").value) + 1;
            }
        }

        function showRunning(names) {
            for (const lane of lanes) {
                const isRunning = names.includes(lane.dataset.server);
                const order = isRunning ? "stop" : "start";
                lane.classList.toggle("stopped", !isRunning);
                part(lane, "form").action = order + "?server=" + lane.dataset.server;
                part(lane, "button").textContent = order;
                part(lane, "button").disabled = isRunning && names.length === 1;
            }
        }

        function say(text) { document.getElementById("word").textContent = text; }

        async function ask() {
            try {
                const response = await fetch("answer", { cache: "no-store", signal: AbortSignal.timeout(5000) });
                if (!response.ok) throw new Error(response.status);
                const answer = await response.json();
                showRunning(answer.running);
                draw(answer.server);
                answers++;
            } catch {
                draw(null);
                failures++;
            }
            document.getElementById("sum").textContent = answers + " answers, " + failures + " failures.";
            setTimeout(ask, 250);
        }

        /// A line of the chat begins with the server that it came through.
        const carrier = document.getElementById("carrier"), lines = document.getElementById("lines");
        let socket, patience = 250;

        function note(name, text) {
            const [line, from] = [document.createElement("li"), document.createElement("b")];
            line.className = from.textContent = name;
            line.append(from, " " + text);
            lines.append(line);
            if (lines.childElementCount > 100) lines.firstChild.remove();
            lines.scrollTop = lines.scrollHeight;
        }

        function connect() {
            const place = new URL("chat", location.href);
            place.protocol = place.protocol.replace("http", "ws");
            socket = new WebSocket(place);
            let isWelcome = false;
            socket.onmessage = event => {
                const gap = event.data.indexOf(" "), name = event.data.slice(0, gap);
                if (isWelcome) return note(name, event.data.slice(gap + 1));
                isWelcome = true;
                patience = 250;
                carrier.className = "server " + name;
                carrier.textContent = "through server " + name;
            };
            socket.onclose = event => {
                if (isWelcome) note("", "The connection has ended (" + event.code + "): connecting again.");
                carrier.textContent = "";
                setTimeout(connect, patience);
                patience = Math.min(2 * patience, 4000);
            };
        }

        document.getElementById("chat").addEventListener("submit", event => {
            event.preventDefault();
            const field = event.target.elements.line;
            if (socket.readyState !== WebSocket.OPEN || !field.value) return;
            socket.send(field.value);
            field.value = "";
        });
        document.getElementById("room").hidden = false;
        connect();

        document.getElementById("address").textContent = location.href;
        ask();
        </script>
        </html>

        """
}
