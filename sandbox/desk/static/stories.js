// The scenarios: buttons, and what the one that was pressed last has done so far.
import { currentPerson } from "./chat.js";
import { byId, el, post } from "./dom.js";
import { t } from "./words.js";

const NAMES = {
  buy: "Buy", decline: "Decline, then pay", bank: "The bank asks", processing: "Days of processing",
  refund: "Refund a purchase", power: "Power cut while paying",
};
const STEPS = {
  hello: "A customer follows a link to the city guide.",
  address: "The customer types an e-mail address.",
  code: "The code from the mail goes into the chat.",
  link: "The bot has sent the link to the pay page.",
  card: "The page is open, the card is typed in.",
  declined: "The bank declines: not enough money. Nothing was charged.",
  asked: "The bank asks whether it is really the customer.",
  confirmed: "The customer confirms it at the bank.",
  processing: "The bank takes days; the customer is told to wait.",
  arrived: "Days later the money arrives.",
  refund: "The shop gives the money back at Stripe.",
  cut: "The power is cut. The bank takes the money meanwhile.",
  started: "The application runs again.",
};
const OUTCOMES = {
  paid: "It ends paid: the database says so. Look at the chat and the mail.",
  refunded: "It ends refunded: the database says so. Look at the chat and the mail.",
  stuck: "It did not come to its end. The log says what happened.",
};
let shown = null;

export function drawStory(story) {
  const playing = Boolean(story && story.outcome === null);
  for (const button of byId("stories").children) button.setAttribute("aria-disabled", String(playing));
  const version = JSON.stringify(story);
  if (version === shown) return;
  shown = version;
  byId("story").replaceChildren(...(story ? told(story) : []));
}

function told(story) {
  const end = story.outcome ? el("p", { class: `end ${story.outcome}` }, t(OUTCOMES[story.outcome])) : el("p", { class: "quiet" }, t("It goes on …"));
  return [el("h3", {}, t(NAMES[story.name])), end, el("ol", {}, story.steps.map((step) => el("li", {}, t(STEPS[step]))))];
}

export function wireStories() {
  byId("stories").append(...Object.entries(NAMES).map(([scenario, name]) =>
    el("button", { type: "button", onclick: () => post("play", { person: currentPerson(), scenario }) }, t(name))));
}
