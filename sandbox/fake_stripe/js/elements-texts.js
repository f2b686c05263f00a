// What the card form says, and how refusals are told, in the languages of the sandbox.
"use strict";
const TEXTS = {
  en: {
    number: "Card number", expiry: "Expiration date", cvc: "Security code", country: "Country", expiryHint: "MM / YY",
    sandbox: "Sandbox: take a test card",
    pays: "Pays", redirect: "3D Secure, page", modal: "3D Secure, window", declined: "Declined",
    incomplete_number: "Your card number is incomplete.", invalid_number: "Your card number is invalid.",
    incomplete_expiry: "Your card's expiration date is incomplete.",
    invalid_expiry_month: "Your card's expiration date is invalid.",
    invalid_expiry_year_past: "Your card's expiration year is in the past.",
    incomplete_cvc: "Your card's security code is incomplete.",
    offline: "There was a problem connecting to Stripe. Please check your connection and try again.",
    authentication: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
  },
  ru: {
    number: "Номер карты", expiry: "Срок действия", cvc: "Защитный код", country: "Страна", expiryHint: "ММ / ГГ",
    sandbox: "Песочница: взять тестовую карту",
    pays: "Оплата пройдёт", redirect: "3D Secure, страница", modal: "3D Secure, окно", declined: "Отказ",
    incomplete_number: "Номер карты введён не полностью.", invalid_number: "Номер карты недействителен.",
    incomplete_expiry: "Срок действия карты введён не полностью.",
    invalid_expiry_month: "Срок действия карты указан неверно.",
    invalid_expiry_year_past: "Срок действия карты истёк.",
    incomplete_cvc: "Защитный код карты введён не полностью.",
    offline: "Не удалось связаться со Stripe. Проверьте подключение и попробуйте ещё раз.",
    authentication: "Не удалось подтвердить ваш способ оплаты. Выберите другой способ и попробуйте ещё раз.",
    generic_decline: "Ваша карта отклонена.", card_declined: "Ваша карта отклонена.",
    insufficient_funds: "На вашей карте недостаточно средств.", expired_card: "Срок действия вашей карты истёк.",
    incorrect_cvc: "Неверный защитный код карты.", incorrect_number: "Неверный номер карты.",
    processing_error: "При обработке карты произошла ошибка. Попробуйте ещё раз чуть позже.",
    card_velocity_exceeded: "Карта отклонена: слишком много попыток или превышен лимит.",
  },
};
const COUNTRIES = ("AE AM AR AT AU AZ BE BG BR BY CA CH CL CN CO CY CZ DE DK EE ES FI FR GB GE GR HK HR HU ID IE IL IN IS "
  + "IT JP KG KR KZ LT LU LV MD ME MT MX MY NL NO NZ PE PH PL PT RO RS RU SA SE SG SI SK TH TR UA US UZ VN ZA").split(" ");
