// Writes the words into the region when they are others than before; the same words are not read out again.
export default function ({ data, parentElement }) {
  const region = parentElement.querySelector("[role=status]");
  if (region.textContent !== data.words) {
    region.textContent = data.words;
  }
}
