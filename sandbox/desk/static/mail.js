// The inbox: a list, and the opened mail rendered in a frame that can run nothing.
import { byId, draw, el, shortClock } from "./dom.js";
import { currentPerson, fileLink, followLink } from "./chat.js";
import { t } from "./words.js";

let picture = null;
let opened = null;
let shown = null;
let view = "html";
const read = new Set();
let first = true;
let reading = null;
let following = true; // the newest mail is shown until an older one is picked

export function drawMail(state) {
  picture = state;
  if (first) state.mails.forEach((mail) => read.add(mail.id));
  first = false;
  const mails = theirs(state.mails);
  if (reading !== currentPerson()) [reading, opened, following] = [currentPerson(), null, true];
  if (mails.length && (following || !opened)) opened = mails[0].id;
  if (opened && !document.hidden) read.add(opened);
  const unread = mails.filter((mail) => !read.has(mail.id)).length;
  byId("mail-count").textContent = String(unread);
  byId("mail-count").hidden = !unread;
  const items = mails.map((mail) => ({ ...mail, open: mail.id === opened, unread: !read.has(mail.id) }));
  draw(byId("mails"), items.length ? items : [{ id: "none" }], (mail) => mail.id, (mail) => mail.id === "none" ? nothing() : line(mail));
  drawReader(mails.find((mail) => mail.id === opened));
}

/** What was sent to the chosen person; nobody's mail is shown to everybody, so that none is lost. */
const theirs = (mails) => mails.filter((mail) => !mail.people.length || mail.people.includes(currentPerson()));

const nothing = () => el("p", { class: "hint" }, t("No mail yet. Use any address you like: all mail lands here. One that begins with bounced@ bounces."));

function files(mail) {
  const count = mail.attachments.length;
  return count ? ` · ${count} ${t(count === 1 ? "file" : "files")}` : "";
}

function line(mail) {
  const open = () => {
    opened = mail.id;
    following = theirs(picture.mails)[0].id === mail.id;
    drawMail(picture);
    byId("reader").scrollIntoView({ block: "nearest" });
  };
  return el("button", { type: "button", class: mail.unread ? "unread" : "", "aria-pressed": String(mail.open), onclick: open },
    el("span", { class: "subject" }, mail.subject),
    el("small", {}, `${mail.to.join(", ")} · ${shortClock(mail.at)}${files(mail)}`),
    mail.status === "delivered" ? "" : el("small", { class: "bad" }, t(mail.status.replace("_", " "))));
}

function drawReader(mail) {
  const version = mail && JSON.stringify([mail, view]);
  if (version === shown) return;
  shown = version;
  byId("reader").replaceChildren(...(mail ? reader(mail) : []));
}

/** Links to the bot lead nowhere from within the frame: here they are opened in the chat of the chosen person. */
function deepLinks(mail) {
  const links = new Set((mail.text ?? "").match(/https:\/\/t\.me\/\S+\?start=\S+/g));
  return [...links].map((href) => el("p", {}, el("a", { href, onclick: followLink }, t("Open the mail's link in the chat"))));
}

function reader(mail) {
  const showHtml = view === "html" && mail.html;
  const choose = (name) => () => { view = name; drawReader(mail); byId("reader").querySelector(`[data-view=${name}]`).focus(); };
  const tab = (name, label) => el("button", { type: "button", "data-view": name, "aria-pressed": String((name === "html") === Boolean(showHtml)), onclick: choose(name) }, label);
  return [
    el("h3", {}, mail.subject),
    el("p", { class: "quiet" }, `${t("From")} ${mail.from} ${t("to")} ${mail.to.join(", ")}`),
    el("div", { class: "files" }, mail.attachments.map(fileLink)),
    ...deepLinks(mail),
    el("div", { class: "views", role: "group", "aria-label": t("How to show the mail") }, mail.html ? tab("html", "HTML") : "", tab("text", t("Text"))),
    showHtml
      ? el("iframe", { src: `/desk/mails/${mail.id}/html`, title: `${t("Mail")}: ${mail.subject}`, sandbox: "allow-popups allow-popups-to-escape-sandbox" })
      : el("pre", { class: "plain", tabindex: "0" }, mail.text || t("This mail has no text.")),
  ];
}
