// The desk's page: takes pictures of the sandbox as they come and has every part draw its own.
import { byId, clock, draw, el, post } from "./dom.js";
import { language, switchLanguage, t, translatePage } from "./words.js";
import { drawChat, wireChat } from "./chat.js";
import { drawMail } from "./mail.js";
import { drawPay, wirePay } from "./pay.js";
import { drawStory, wireStories } from "./stories.js";
import { drawSwitches, wireSwitches } from "./switches.js";
import { drawTour, wireTour } from "./tour.js";

const PHASES = {
  starting: "The application is starting …", running: "The application is running",
  stopping: "The application is stopping …", stopped: "The application has stopped",
};

let picture = null;

function drawAll(state) {
  picture = state;
  drawApp(state.app);
  drawChat(state);
  drawMail(state);
  drawPay(state);
  drawStory(state.story);
  drawSwitches(state);
  drawLog(state.log);
  drawTour(state);
}

function drawApp(app) {
  const box = byId("app");
  const version = JSON.stringify(app);
  if (box.dataset.version === version) return;
  box.dataset.version = version;
  box.replaceChildren(...(app ? appParts(app) : []));
}

function appParts(app) {
  const stopped = app.phase === "stopped";
  const restart = el("button", { type: "button", disabled: ["starting", "stopping"].includes(app.phase), onclick: () => post("restart") },
    el("span", { "aria-hidden": "true" }, "↻"), el("span", { class: "long" }, ` ${t(stopped ? "Start it again" : "Kill and restart")}`));
  const lines = stopped && app.last_lines.length
    ? el("details", { class: "last-lines" }, el("summary", {}, t("Its last lines")), el("pre", {}, app.last_lines.join("\n"))) : "";
  return [el("span", { class: `phase ${app.phase}` }, el("span", { class: "long" }, t(PHASES[app.phase]))), restart, lines];
}

function drawLog(entries) {
  const counts = new Map();
  const items = [...entries].reverse().map((entry) => {
    const same = `${entry.at}${entry.text}`;
    counts.set(same, (counts.get(same) ?? 0) + 1);
    return { ...entry, key: `${same}${counts.get(same)}` };
  });
  draw(byId("log"), items.reverse(), (entry) => entry.key, (entry) =>
    el("li", {}, el("time", {}, clock(entry.at)), el("b", { class: entry.service }, entry.service), el("span", {}, entry.text)));
}

function showTab(name) {
  document.body.dataset.tab = name;
  for (const button of document.querySelectorAll(".tabs button")) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === name));
  }
}

function wireTabs() {
  for (const button of document.querySelectorAll(".tabs button")) {
    button.addEventListener("click", () => showTab(button.dataset.tab));
  }
  showTab("chat");
}

function listen() {
  const stream = new EventSource("/desk/api/events");
  stream.addEventListener("picture", (event) => {
    document.body.classList.remove("lost");
    drawAll(JSON.parse(event.data));
  });
  stream.addEventListener("error", () => document.body.classList.add("lost"));
}

function wireLanguage() {
  translatePage();
  byId("language").textContent = language === "ru" ? "English" : "Русский";
  byId("language").lang = language === "ru" ? "en" : "ru";
  byId("language").addEventListener("click", switchLanguage);
}

wireLanguage();
wireTabs();
wireChat();
wirePay();
wireSwitches();
wireStories();
wireTour();
document.addEventListener("person", () => drawAll(picture));
listen();
