// Streamlit gives the place to drop files a name, and a role that says that it is nothing.
function mend() {
  for (const named of document.querySelectorAll('[role="presentation"][aria-label]')) {
    named.setAttribute("role", "group");
  }
}

export default function () {
  mend();
  const watcher = new MutationObserver(mend);
  watcher.observe(document.body, { childList: true, subtree: true });
  return () => watcher.disconnect();
}
