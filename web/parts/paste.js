// Takes pictures from the clipboard: by Ctrl+V anywhere on the page, or by the button.
const MOST_BYTES = 16_000_000;

export default function ({ parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("[role=status]");

  async function give(blobs) {
    const pictures = blobs.filter((blob) => blob.type.startsWith("image/"));
    if (!pictures.length) {
      status.textContent = "The clipboard holds no picture. Copy one, then paste it.";
    } else if (pictures.some((picture) => picture.size > MOST_BYTES)) {
      status.textContent = "The picture is larger than 16 MB. Save it as a file, and add that.";
    } else {
      status.textContent = "";
      setTriggerValue("pasted", await Promise.all(pictures.map(encode)));
    }
  }

  function onPaste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) {
      event.preventDefault();
      give(files);
    }
  }

  async function onClick() {
    try {
      const items = await navigator.clipboard.read();
      const blobs = items.flatMap((item) => item.types.filter((type) => type.startsWith("image/")).map((type) => item.getType(type)));
      give(await Promise.all(blobs));
    } catch {
      status.textContent = "This browser does not show its clipboard to a button. Press Ctrl+V (on a Mac, Cmd+V) instead.";
    }
  }

  document.addEventListener("paste", onPaste);
  button.onclick = onClick;
  return () => document.removeEventListener("paste", onPaste);
}

function encode(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(blob);
  });
}
