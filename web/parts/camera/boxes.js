// What is drawn over the picture.

const percent = (share) => `${Math.floor(100 * share)} %`;

/** A box: of what has settled with a whole line and a tick, of what this frame alone says with a broken one. */
function drawBox(context, { x, y, width, height }, label, isSettled, ratio) {
  const room = 4 * ratio;
  const size = (context.canvas.width < 480 * ratio ? 12 : 16) * ratio;
  context.font = `600 ${size}px sans-serif`;
  const wide = context.measureText(label).width + 2 * room;
  const left = Math.max(0, Math.min(x - room, context.canvas.width - wide));
  const above = y - room - size * 1.4;
  const top = above >= 0 ? above : Math.min(y + height + room, context.canvas.height - size * 1.4);
  context.setLineDash(isSettled ? [] : [6 * ratio, 4 * ratio]);
  for (const [colour, line] of [["#ffffff", 5], [isSettled ? "#0a5c36" : "#7a4300", 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = line * ratio;
    context.strokeRect(x - room, y - room, width + 2 * room, height + 2 * room);
  }
  context.fillStyle = isSettled ? "#0a5c36" : "#7a4300";
  context.fillRect(left, top, wide, size * 1.4);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(label, left + room, top + size * 0.74);
}
