// How a frame of Stripe.js speaks with the page around it: asked by message, it tells the outcome and what happens.
"use strict";
let host = "";                       // the origin of the page around, learnt from its first message

const tell = (message) => window.parent.postMessage({ sandboxStripe: true, ...message }, host);

function answer(actions) {
  window.addEventListener("message", async (message) => {
    const { action, number } = message.data ?? {};
    if (message.source !== window.parent || !Object.hasOwn(actions, action)) return;
    if (host && message.origin !== host) return;
    host = message.origin;
    const result = await actions[action](message.data);
    if (number !== undefined) tell({ number, result: result ?? {} });
  });
}
