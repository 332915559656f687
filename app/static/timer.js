/* Keeps time for the item and the meeting on the panel's page; the words are there without it, as of loading. */

const EVERY = 15000

export function startTimers (root) {
  for (const line of root.querySelectorAll('[data-timer]')) {
    show(line)
    setInterval(() => show(line), EVERY)
  }
}

function show (line) {
  const item = minutesSince(line.dataset.opened)
  const left = Number(line.dataset.meeting) - minutesSince(line.dataset.started)
  line.textContent = `${item} min of ${line.dataset.item} · ${Math.max(0, left)} min left of ${line.dataset.meeting}`
  line.classList.toggle('pl-meeting__time--over', item > Number(line.dataset.item) || left < 0)
}

function minutesSince (moment) {
  return Math.max(0, Math.floor((Date.now() - new Date(moment).getTime()) / 60000))
}
