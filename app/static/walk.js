/* The arrow keys go to the recommendation before and after, as the page's own links do. In a field they move in the
   text, on radios they choose; with a key held beside them they are the browser's. */

const WRITING = 'input, textarea, select, button, summary, [contenteditable]'
const REL = { ArrowLeft: 'prev', ArrowRight: 'next' }

document.addEventListener('keydown', (event) => {
  const rel = REL[event.key]
  if (!rel || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return
  if (event.target.closest && event.target.closest(WRITING)) return
  const link = document.querySelector(`.pl-walk a[rel="${rel}"]`)
  if (link) link.click()
})
