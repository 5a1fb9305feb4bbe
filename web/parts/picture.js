// A picture with a button over each digit. The digits are one stop of the Tab key: arrow keys go from one to the next,
// for a page may show ten pictures with fifty digits each.
const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const image = parentElement.querySelector("img");
  const stage = parentElement.querySelector(".stage");
  const spots = parentElement.querySelector(".spots");
  const caption = parentElement.querySelector("figcaption");
  if (image.src !== data.image) {
    image.src = data.image;
  }
  image.alt = data.alt;
  stage.style.setProperty("--shown", `${data.shown}px`);
  caption.textContent = data.caption;
  spots.hidden = data.digits.length === 0;
  spots.setAttribute("aria-label", data.label);

  const drawn = JSON.stringify([data.digits, data.numbers]);
  if (shown.get(spots) !== drawn) {
    shown.set(spots, drawn);
    draw(spots, data);
  }
  spots.onclick = (event) => {
    const button = event.target.closest("button");
    if (button) {
      choose(spots, button);
      setTriggerValue("clicked", Number(button.dataset.place));
    }
  };
  spots.onkeydown = (event) => move(spots, event);
}

// Buttons are changed in place, so that the one with the focus keeps it.
function draw(spots, { digits, numbers, width, height }) {
  const buttons = [...spots.querySelectorAll("button")];
  buttons.slice(digits.length).forEach((button) => button.remove());
  digits.forEach((digit, place) => {
    const button = buttons[place] ?? spots.appendChild(makeButton(place));
    const [left, top, right, bottom] = digit.box;
    button.className = digit.kind;
    button.classList.toggle("picked", digit.picked);
    button.setAttribute("aria-label", digit.name);
    button.title = digit.name;
    button.style.left = `${(50 * (left + right)) / width}%`;
    button.style.top = `${(50 * (top + bottom)) / height}%`;
    button.style.width = `${(100 * (right - left)) / width}%`;
    button.style.height = `${(100 * (bottom - top)) / height}%`;
    const frame = button.firstElementChild.style;
    frame.width = `calc(${(100 * (right - left)) / width}cqw + 6px)`;
    frame.height = `calc(${(100 * (bottom - top)) / width}cqw + 6px)`;
  });
  const current = spots.querySelector('button[tabindex="0"]') ?? spots.querySelector("button");
  if (current) {
    choose(spots, current);
  }
  spots.querySelectorAll(".label").forEach((label) => label.remove());
  numbers.forEach((number) => spots.appendChild(makeLabel(number, width, height)));
}

function makeButton(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.place = place;
  button.appendChild(document.createElement("span"));
  return button;
}

// What a label says, the buttons' names say too.
function makeLabel({ text, box }, width, height) {
  const label = document.createElement("span");
  const [left, top, , bottom] = box;
  const below = top < height * 0.06;
  label.className = below ? "label below" : "label";
  label.textContent = text;
  label.setAttribute("aria-hidden", "true");
  label.style.left = `${(100 * left) / width}%`;
  label.style.top = `calc(${(100 * (below ? bottom : top)) / height}% ${below ? "+" : "-"} 4px)`;
  return label;
}

function move(spots, event) {
  const buttons = [...spots.querySelectorAll("button")];
  const place = buttons.indexOf(event.target);
  const next = {
    ArrowRight: place + 1,
    ArrowDown: place + 1,
    ArrowLeft: place - 1,
    ArrowUp: place - 1,
    Home: 0,
    End: buttons.length - 1,
  }[event.key];
  if (place >= 0 && next !== undefined) {
    event.preventDefault();
    const reached = buttons[Math.min(Math.max(next, 0), buttons.length - 1)];
    choose(spots, reached);
    reached.focus();
  }
}

function choose(spots, chosen) {
  spots.querySelectorAll("button").forEach((button) => {
    button.tabIndex = button === chosen ? 0 : -1;
  });
}
