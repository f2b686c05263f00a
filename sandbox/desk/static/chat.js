// The chat: people, messages with their buttons, and the line one types in.
import { byId, bytes, draw, el, openPhone, post, shortClock, toast } from "./dom.js";
import { language, t } from "./words.js";

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span", custom_emoji: "span",
};
let picture = null;
let current = Number(localStorage.getItem("person")) || 0;
const seen = new Map();

export function drawChat(state) {
  picture = state;
  if (!state.people.some((person) => person.id === current)) current = whoSpeaks(state.people).id;
  drawPeople(state);
  const chat = state.chats[current];
  drawMessages(chat);
  drawCommands(chat);
  drawReplyKeys(chat);
  byId("block").textContent = t(chat.blocked ? "Unblock the bot" : "Block the bot");
}

export const currentPerson = () => current;

/** Until somebody is chosen: a customer who speaks the language of the desk. */
function whoSpeaks(people) {
  const customers = people.filter((person) => person.role === "customer");
  return customers.find((person) => person.language === language) ?? customers[0];
}

function drawPeople(state) {
  const people = state.people.map((person) => {
    const count = state.chats[person.id].messages.filter((message) => !message.mine).length;
    if (person.id === current || !seen.has(person.id)) seen.set(person.id, count);
    const unread = person.id === current ? 0 : Math.max(0, count - seen.get(person.id));
    return { ...person, pressed: person.id === current, unread };
  });
  draw(byId("people"), people, (person) => person.id, personButton);
}

function personButton(person) {
  const role = person.role === "admin" ? t("admin") : person.language;
  const unread = person.unread ? el("span", { class: "count", "aria-label": `${person.unread} ${t("new")}` }, String(person.unread)) : "";
  return el("button", { type: "button", "aria-pressed": String(person.pressed), onclick: () => choose(person.id) },
    person.name, " ", el("small", {}, role), unread);
}

function choose(id) {
  current = id;
  localStorage.setItem("person", String(id));
  byId("messages").replaceChildren();
  document.dispatchEvent(new Event("person"));
}

function drawMessages(chat) {
  const box = byId("messages");
  const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const before = box.childElementCount;
  const items = chat.messages.map((message) => ({ kind: "message", ...message }));
  if (!items.length) items.push({ kind: "empty", id: "empty" });
  if (chat.typing) items.push({ kind: "typing", id: "typing" });
  if (chat.blocked) items.push({ kind: "blocked", id: "blocked" });
  draw(box, items, (item) => item.id, (item, changed) => KINDS[item.kind](item, changed));
  if (wasAtEnd || !before) box.scrollTop = box.scrollHeight;
}

const KINDS = {
  message: bubble,
  typing: () => el("p", { class: "hint" }, t("typing …")),
  blocked: () => el("p", { class: "hint" }, t("You have blocked the bot.")),
  empty: () => el("div", { class: "empty" },
    el("p", {}, t("Nobody has said anything yet.")),
    el("button", { type: "button", class: "primary", onclick: () => post("start", { person: current }) }, t("Start")),
    el("p", { class: "quiet" }, t("Then choose a product, type any e-mail address, and read the code in the mail inbox."))),
};

function bubble(message, changed) {
  const stamp = `${message.edited ? `${t("edited")} ` : ""}${shortClock(message.at)}`;
  const node = el("div", { class: `bubble ${message.mine ? "mine" : "theirs"} ${changed ? "changed" : ""}` },
    message.photo ? el("img", { src: message.photo.url, alt: t("Photo") }) : "",
    message.document ? fileLink(message.document) : "",
    message.other ? el("p", { class: "other" }, message.other) : "",
    message.text ? el("p", { class: "text" }, rich(message.text, message.entities)) : "",
    el("span", { class: "at" }, stamp));
  return el("div", { class: `message ${message.mine ? "mine" : "theirs"}` }, node, keyboard(message));
}

/** A deep link to the bot is followed here, everything else in a window of its own. */
export function followLink(event) {
  const link = new URL(event.currentTarget.href);
  if (link.hostname !== "t.me" || link.pathname !== `/${picture.bot}`) return openPhone(event);
  event.preventDefault();
  post("start", { person: current, payload: link.searchParams.get("start") ?? "" });
}

export function fileLink(file) {
  return el("a", { class: "file", href: file.url, target: "_blank", rel: "noopener" },
    el("span", { class: "file-name" }, file.name), el("small", {}, bytes(file.size)));
}

function keyboard(message) {
  if (!message.keyboard.length) return "";
  return el("div", { class: "keys" }, message.keyboard.map((row) =>
    el("div", { class: "row" }, row.map((button) => key(message, button)))));
}

function key(message, button) {
  const kind = `key ${button.style ?? ""}`;
  if (button.url) {
    return el("a", { class: kind, href: button.url, target: "_blank", rel: "noopener", onclick: followLink }, `${button.text} ↗`);
  }
  if (button.copy_text) {
    return el("button", { type: "button", class: kind, onclick: () => navigator.clipboard.writeText(button.copy_text.text) }, button.text);
  }
  return el("button", { type: "button", class: kind, onclick: (event) => press(event.currentTarget, message, button) }, button.text);
}

async function press(node, message, button) {
  node.setAttribute("aria-busy", "true");
  const result = await post("press", { person: current, message_id: message.id, callback_data: button.callback_data });
  node.removeAttribute("aria-busy");
  if (result?.answer?.text) toast(result.answer.text);
  if (result && !result.answer) toast(t("The bot has not answered this button yet."), "bad");
}

/** Telegram counts UTF-16 units, as JavaScript does. */
function rich(text, entities) {
  const cuts = new Set([0, text.length]);
  for (const { offset, length } of entities) cuts.add(offset).add(offset + length);
  const points = [...cuts].filter((point) => point <= text.length).sort((a, b) => a - b);
  return points.slice(0, -1).map((from, index) => {
    const piece = text.slice(from, points[index + 1]);
    const over = entities.filter((e) => e.offset <= from && e.offset + e.length >= points[index + 1]);
    return over.reverse().reduce((inner, entity) => dress(inner, entity, piece), document.createTextNode(piece));
  });
}

function dress(inner, entity, piece) {
  if (entity.type === "url" || entity.type === "text_link") {
    const href = entity.url ?? piece;
    if (!/^(https?|tg):/.test(href)) return inner;
    return el("a", { href, target: "_blank", rel: "noopener", onclick: followLink }, inner);
  }
  if (entity.type === "bot_command") {
    return el("button", { type: "button", class: "command", onclick: () => post("say", { person: current, text: piece }) }, inner);
  }
  return TAGS[entity.type] ? el(TAGS[entity.type], {}, inner) : inner;
}

function drawCommands(chat) {
  const commands = chat.commands.length ? chat.commands : [{ command: "start", description: t("Start") }];
  draw(byId("command-list"), commands, (command) => command.command, (command) =>
    el("button", { type: "button", onclick: () => sendAndClose(`/${command.command}`) },
      el("b", {}, `/${command.command}`), " ", el("small", {}, command.description)));
}

function drawReplyKeys(chat) {
  const keys = chat.reply_keyboard.flat().map((text, index) => ({ text, index }));
  byId("reply-keys").hidden = !keys.length;
  draw(byId("reply-keys"), keys, (item) => item.index, ({ text }) =>
    el("button", { type: "button", onclick: () => post("say", { person: current, text }) }, text));
}

function sendAndClose(text) {
  for (const menu of document.querySelectorAll("details.menu")) menu.open = false;
  byId("text").focus();
  return text === "/start" ? post("start", { person: current }) : post("say", { person: current, text });
}

export function wireChat() {
  byId("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("text").value;
    if (!text.trim()) return;
    byId("text").value = "";
    await sendAndClose(text);
    byId("messages").scrollTop = byId("messages").scrollHeight;
  });
  for (const button of document.querySelectorAll("[data-send]")) {
    button.addEventListener("click", () => post("send", { person: current, kind: button.dataset.send }));
  }
  byId("deep-link").addEventListener("click", () => {
    const payload = window.prompt(t("Start payload, for example a product's sku:"));
    if (payload) post("start", { person: current, payload });
  });
  byId("repeat").addEventListener("click", () => post("repeat-update"));
  byId("block").addEventListener("click", () => post("block", { person: current, blocked: !picture.chats[current].blocked }));
  wireMenus();
}

function wireMenus() {
  const menus = [...document.querySelectorAll("details.menu")];
  document.addEventListener("click", (event) => {
    for (const menu of menus) {
      const onSheet = event.target.closest?.(".sheet") && menu.contains(event.target);
      if (!menu.contains(event.target) || onSheet) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of menus) menu.open = false;
  });
}
