// Goes before the terminal's script: tells it where the websocket is, and keeps the last word that the server said.
"use strict";

const LEAST_COLUMNS = 61; // the cockpit needs 60
const CELL = 0.602; // width of a letter, of its height

(() => {
  const terminal = document.getElementById("terminal");
  const token = new URLSearchParams(location.search).get("token");
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const Plain = window.WebSocket;
  let line = null;

  const over = (words) => {
    document.getElementById("said").textContent = words;
    document.getElementById("again").hidden = false;
  };

  window.WebSocket = class extends Plain {
    constructor(address) {
      super(`${address}&token=${encodeURIComponent(token)}`);
      line = this;
      this.addEventListener("open", () => {
        // On a phone the focus would bring up its keyboard: there a tap on the screen asks for it.
        if (!touch) terminal.querySelector("textarea").focus();
      });
      this.addEventListener("close", (event) => {
        over(event.reason || "The server is gone, or the way to it. The deploy is not touched by that.");
      });
    }
  };

  terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";
  const wide = Math.floor((window.innerWidth - 10) / (LEAST_COLUMNS * CELL));
  terminal.dataset.fontSize = String(Math.max(8, Math.min(16, wide)));

  const NAMED = { esc: "\x1b", up: "\x1b[A", down: "\x1b[B" };
  for (const button of document.querySelectorAll("#keys button")) {
    // The terminal's field keeps the focus that it has, or has not.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      const key = NAMED[button.dataset.key] || button.dataset.key;
      if (line && line.readyState === Plain.OPEN) line.send(JSON.stringify(["stdin", key]));
    });
  }
  if (touch) document.body.classList.add("touch");
  document.getElementById("again").addEventListener("click", () => location.reload());
})();
