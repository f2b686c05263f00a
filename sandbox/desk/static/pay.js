// The pay page cannot be framed, so here are the links to it, and the test cards.
import { byId, draw, el, openPhone, shortClock, toast } from "./dom.js";
import { currentPerson } from "./chat.js";
import { t } from "./words.js";

const CARDS = [
  ["4242 4242 4242 4242", "pays at once"],
  ["4000 0025 0000 3155", "3D Secure, on the bank's page"],
  ["4000 0000 0000 3220", "3D Secure, in a window"],
  ["5555 5555 5555 4444", "pays at once, Mastercard"],
  ["4000 0000 0000 9995", "declined: not enough money"],
  ["4000 0000 0000 0002", "declined without a reason"],
  ["4000 0000 0000 0069", "declined: expired"],
  ["4000 0000 0000 0127", "declined: wrong security code"],
  ["4000 0084 0000 1629", "3D Secure, then declined"],
  ["4000 0000 0000 0259", "pays, then is disputed"],
  ["4000 0000 0000 5423", "pays, then a fraud warning"],
  ["4000 0000 0000 7726", "pays; a refund takes a while"],
];

const remembered = new Map(); // a link leaves the chat when its payment is done; its page stays

export function drawPay(state) {
  const current = payLinks(state);
  for (const link of remembered.values()) link.current = false;
  for (const link of current) remembered.set(link.url, { ...link, current: true });
  const links = [...remembered.values()].filter((link) => link.person === currentPerson()).sort((a, b) => b.current - a.current || b.at - a.at).slice(0, 3);
  const items = links.length ? links.map((link, index) => ({ ...link, newest: link.current && index === 0 })) : [{ url: "none" }];
  draw(byId("links"), items, (link) => link.url, (link) => link.url === "none" ? nothing() : card(link));
}

const nothing = () => el("p", { class: "hint" }, t("The pay link appears here as soon as the bot sends it."));

function card(link) {
  return el("p", { class: link.newest ? "link newest" : "link" },
    el("a", { class: link.newest ? "button primary" : "button", href: link.url, target: "_blank", rel: "noopener", onclick: openPhone }, `${t("Open pay page")} ↗`),
    el("span", { class: "quiet" }, shortClock(link.at), el("br"), link.current ? link.text : t("no longer in the chat")));
}

/** Buttons with a pay link, newest first, each link once. */
function payLinks(state) {
  const found = new Map();
  for (const person of state.people) {
    for (const message of state.chats[person.id].messages) {
      for (const button of message.keyboard.flat()) {
        if (button.url?.includes("/pay/")) {
          found.set(button.url, { url: button.url, text: button.text, person: person.id, at: message.edited ?? message.at });
        }
      }
    }
  }
  return [...found.values()];
}

async function copy(number) {
  try {
    await navigator.clipboard.writeText(number.replaceAll(" ", ""));
    toast(`${number} ${t("is copied.")}`);
  } catch {
    toast(`${t("Copy it by hand:")} ${number}`, "bad");
  }
}

export function wirePay() {
  byId("card-list").append(...CARDS.map(([number, does]) =>
    el("li", {}, el("button", { type: "button", onclick: () => copy(number) }, el("code", {}, number), el("small", {}, t(does))))));
}
