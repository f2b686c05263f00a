// The desk in two languages. English is the key; Russian is looked up, on the page and in what the scripts write.

const RUSSIAN = {
  "Sandbox": "Песочница",
  "The desk · checkout sandbox": "Пульт · песочница",
  "No real money": "Деньги ненастоящие", ", no real messages.": ", и сообщения тоже.",
  "Parts of the desk": "Части пульта",
  "Chat": "Чат", "Mail": "Почта", "Pay": "Оплата", "Switches": "Переключатели", "Log": "Журнал",
  "Who is chatting": "Кто пишет", "Messages": "Сообщения", "Message": "Сообщение", "Menu": "Меню", "Send": "Отправить",
  "Send something else": "Отправить другое", "Sticker": "Стикер", "Photo": "Фото", "Document": "Документ", "Location": "Место",
  "Start with a deep link …": "Начать по ссылке …", "Repeat the last update": "Повторить последнее обновление",
  "Block the bot": "Заблокировать бота", "Unblock the bot": "Разблокировать бота",
  "Pay page": "Страница оплаты", "Test cards": "Тестовые карты", "click one to copy it": "нажмите, чтобы скопировать",
  "Any date to come, any security code.": "Любой будущий срок, любой защитный код.",
  "Mail inbox": "Входящая почта", "Mails, newest first": "Письма, сначала новые", "The opened mail": "Открытое письмо",
  "Cards": "Карты", "A payment": "Платёж", "Reason": "Причина", "follows the card number": "идёт по номеру карты",
  "is declined": "отклоняется", "asks for 3D Secure": "требует 3D Secure", "stays in processing": "долго обрабатывается",
  "Stripe's webhooks": "Вебхуки Stripe", "They come": "Приходят", "once, at once": "один раз и сразу", "twice": "дважды",
  "ten seconds late": "через десять секунд", "out of order": "не по порядку", "not at all": "не приходят",
  "Services": "Сервисы", "Telegram: one message a second to a chat": "Telegram: одно сообщение в секунду в чат",
  "Resend: five requests a second": "Resend: пять запросов в секунду",
  "Payments": "Платежи", "Stripe's events": "События Stripe", "What happened, newest first": "Что произошло, сначала новое",
  "The application is starting …": "Приложение запускается …", "The application is running": "Приложение работает",
  "The application is stopping …": "Приложение останавливается …", "The application has stopped": "Приложение остановлено",
  "Start it again": "Запустить снова", "Kill and restart": "Убить и поднять", "Its last lines": "Последние строки",
  "admin": "админ", "new": "новых", "typing …": "печатает …", "You have blocked the bot.": "Вы заблокировали бота.",
  "Nobody has said anything yet.": "Здесь ещё никто ничего не написал.", "Start": "Старт", "edited": "изменено",
  "Then choose a product, type any e-mail address, and read the code in the mail inbox.":
    "Потом выберите товар, введите любой адрес почты и прочтите код во входящей почте.",
  "The bot has not answered this button yet.": "Бот ещё не ответил на эту кнопку.",
  "Start payload, for example a product's sku:": "Параметр ссылки, например код товара (sku):",
  "The sandbox does not answer. Is it still running?": "Песочница не отвечает. Она ещё работает?",
  "No mail yet. Use any address you like: all mail lands here. One that begins with bounced@ bounces.":
    "Писем пока нет. Адрес может быть любым: вся почта приходит сюда. На адрес bounced@… письмо не дойдёт.",
  "file": "файл", "files": "файла", "From": "От", "to": "для", "How to show the mail": "Как показать письмо", "Text": "Текст",
  "Open the mail's link in the chat": "Открыть ссылку из письма в чате",
  "This mail has no text.": "В этом письме нет текста.", "bounced": "не доставлено", "complained": "жалоба",
  "suppressed": "не отправлено", "delivery delayed": "задерживается", "failed": "не отправлено",
  "The pay link appears here as soon as the bot sends it.": "Ссылка на оплату появится здесь, когда бот её пришлёт.",
  "Open pay page": "Открыть оплату", "no longer in the chat": "в чате её уже нет", "is copied.": "скопирована.",
  "Copy it by hand:": "Скопируйте вручную:",
  "pays at once": "оплата проходит сразу", "3D Secure, on the bank's page": "3D Secure на странице банка",
  "3D Secure, in a window": "3D Secure в окне", "pays at once, Mastercard": "оплата сразу, Mastercard",
  "declined: not enough money": "отказ: не хватает денег", "declined without a reason": "отказ без причины",
  "declined: expired": "отказ: срок истёк", "declined: wrong security code": "отказ: неверный защитный код",
  "3D Secure, then declined": "3D Secure, затем отказ", "pays, then is disputed": "оплата, затем спор",
  "pays, then a fraud warning": "оплата, затем подозрение", "pays; a refund takes a while": "оплата; возврат идёт долго",
  "not enough money": "не хватает денег", "no reason told": "без причины", "expired card": "срок карты истёк",
  "wrong security code": "неверный защитный код", "lost card": "карта утеряна", "stolen card": "карта украдена",
  "error at the bank": "ошибка в банке", "too many attempts": "слишком много попыток", "blocked as fraud": "подозрение в мошенничестве",
  "must ask for 3D Secure": "нужен 3D Secure",
  "works": "работает", "is down": "выключен", "hangs": "висит", "answers 500": "отвечает 500", "answers 429": "отвечает 429",
  "drops the connection": "рвёт соединение", "drops half-way": "рвёт на середине", "answers a web page": "отвечает веб-страницей",
  "No payment yet.": "Платежей пока нет.", "No event yet.": "Событий пока нет.", "given back": "возвращено", "no address": "без адреса",
  "succeeded": "оплачен", "processing": "обрабатывается", "canceled": "отменён", "requires payment method": "ждёт карту",
  "requires action": "ждёт подтверждения", "requires confirmation": "ждёт подтверждения",
  "Let it succeed": "Пусть пройдёт", "Let it fail": "Пусть не пройдёт", "Refund": "Вернуть", "Refund a part …": "Вернуть часть …",
  "Dispute": "Оспорить", "Fraud warning": "Подозрение", "Dispute is won": "Спор выигран", "Dispute is lost": "Спор проигран",
  "dispute won": "спор выигран", "dispute lost": "спор проигран", "dispute warning closed": "запрос закрыт",
  "done.": "готово.", "Amount to give back, at most": "Сколько вернуть, не больше", "That is no amount.": "Это не сумма.",
  "The tour": "Знакомство", "Leave the tour": "Пропустить", "Close": "Закрыть", "Step": "Шаг",
  "Say hello: press Start in the chat.": "Поздоровайтесь: нажмите «Старт» в чате.",
  "Choose a product, type any e-mail address, and send the code from the mail inbox to the chat.":
    "Выберите товар, напишите любой адрес почты и отправьте в чат код из входящей почты.",
  "Open the pay page and pay with 4242 4242 4242 4242, any date to come, any three digits.":
    "Откройте оплату и заплатите картой 4242 4242 4242 4242: любой будущий срок, любые три цифры.",
  "Be the shopkeeper: choose Mira above the chat and send /payments.":
    "Побудьте продавцом: выберите Mira над чатом и отправьте /payments.",
  "That was the whole shop. The buttons of the scenarios show what happens on worse days.":
    "Вот и весь магазин. Кнопки сценариев покажут, что бывает в дни похуже.",
  "Let the desk play": "Пусть пульт сыграет",
  "Buy": "Покупка", "Decline, then pay": "Отказ, потом оплата", "The bank asks": "Банк переспрашивает",
  "Days of processing": "Деньги идут днями", "Refund a purchase": "Возврат", "Power cut while paying": "Свет погас при оплате",
  "A customer follows a link to the city guide.": "Покупатель открывает ссылку на путеводитель.",
  "The customer types an e-mail address.": "Покупатель пишет адрес почты.",
  "The code from the mail goes into the chat.": "Код из письма отправлен в чат.",
  "The bot has sent the link to the pay page.": "Бот прислал ссылку на оплату.",
  "The page is open, the card is typed in.": "Страница открыта, карта введена.",
  "The bank declines: not enough money. Nothing was charged.": "Банк отказал: не хватает денег. Ничего не списано.",
  "The bank asks whether it is really the customer.": "Банк спрашивает, сам ли покупатель платит.",
  "The customer confirms it at the bank.": "Покупатель подтверждает это в банке.",
  "The bank takes days; the customer is told to wait.": "Банку нужны дни; покупателю сказано подождать.",
  "Days later the money arrives.": "Через несколько дней деньги пришли.",
  "The shop gives the money back at Stripe.": "Магазин возвращает деньги через Stripe.",
  "The power is cut. The bank takes the money meanwhile.": "Свет погас. Банк тем временем списывает деньги.",
  "The application runs again.": "Приложение снова работает.",
  "It ends paid: the database says so. Look at the chat and the mail.": "Итог: оплачено, так записано в базе. Загляните в чат и почту.",
  "It ends refunded: the database says so. Look at the chat and the mail.": "Итог: деньги возвращены, так записано в базе. Загляните в чат и почту.",
  "It did not come to its end. The log says what happened.": "До конца не дошло. Что случилось, видно в журнале.",
  "It goes on …": "Идёт дальше …",
  "A scenario is being played. Wait until it has ended.": "Один сценарий уже идёт. Дождитесь его конца.",
  "The application does not run. Start it first.": "Приложение не работает. Сначала запустите его.",
  "Put the switches back to normal first: the scenario brings its own trouble.":
    "Сначала верните переключатели: сценарий сам устроит, что нужно.",
  "taken": "принято", "not taken": "не принято", "Send again": "Послать снова",
};

export const language = localStorage.getItem("language") ?? (navigator.language.startsWith("ru") ? "ru" : "en");

/** The words in the desk's language. */
export const t = (english) => (language === "ru" && RUSSIAN[english]) || english;

/** Puts the page itself into the desk's language; done once, before anything is drawn. */
export function translatePage() {
  document.documentElement.lang = language;
  document.title = t(document.title);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    if (text) walker.currentNode.data = walker.currentNode.data.replace(text, t(text));
  }
  for (const name of ["aria-label", "placeholder"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) node.setAttribute(name, t(node.getAttribute(name)));
  }
}

export function switchLanguage() {
  localStorage.setItem("language", language === "ru" ? "en" : "ru");
  location.reload();
}
