/* Saves a draft while somebody writes.

   A form asks for it with data-autosave="ADDRESS" and a hidden field `version`. It is saved ten seconds after the
   last key, on leaving a field that changed, and when the page is left. One request at a time: what changes
   meanwhile is sent after it. Nothing is kept in the browser: what people write here is about children.

   The answer is JSON. 200: {version, saved_at ("14:32" or an ISO time), problems?}. 409: {message, url}. A 400 with
   a fresh {csrf_token} means the page was open for long; it is used and the save is tried once more. */

const WAIT = 10000
const LONGEST_WAIT = 5000 // for a save on its way when the button is pressed
const MOST_AT_UNLOAD = 60000 // browsers refuse a larger body once the page is going

export function startAutosave (root) {
  for (const form of root.querySelectorAll('form[data-autosave]')) new Autosave(form).start()
}

export class Autosave {
  constructor (form) {
    this.form = form
    this.address = form.dataset.autosave
    this.status = form.querySelector('[data-save-status]') || document.querySelector('[data-save-status]')
    this.saved = this.snapshot()
    this.timer = null
    this.sending = false
    this.again = false
    this.stopped = false // somebody else changed the part: saving on would overwrite them
    this.submitting = false
  }

  start () {
    this.form.addEventListener('input', () => this.changed())
    this.form.addEventListener('change', () => this.save())
    this.form.addEventListener('focusout', () => this.save())
    this.form.addEventListener('submit', (event) => this.submitted(event))
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.leave()
    })
    window.addEventListener('beforeunload', (event) => this.guard(event))
    window.addEventListener('pageshow', (event) => this.shownAgain(event))
  }

  /* What would be sent, without the fields that change by themselves. */
  snapshot () {
    const pairs = []
    for (const [name, value] of new FormData(this.form)) {
      if (name === 'version' || name === 'csrf_token') continue
      pairs.push([name, typeof value === 'string' ? value : value.name])
    }
    return JSON.stringify(pairs)
  }

  get dirty () {
    return this.snapshot() !== this.saved
  }

  changed () {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), WAIT)
  }

  async save () {
    clearTimeout(this.timer)
    if (this.stopped || this.submitting || !this.dirty) return
    if (this.sending) {
      this.again = true
      return
    }
    this.sending = true
    try {
      await this.send(true)
    } finally {
      this.sending = false
    }
    if (this.again) {
      this.again = false
      this.save()
    }
  }

  async send (mayRenew) {
    const sent = this.snapshot()
    let response
    try {
      response = await fetch(this.address, this.request(false))
    } catch {
      return this.notSaved()
    }
    const answer = await readJson(response)
    if (response.ok && answer) return this.done(sent, answer)
    if (response.status === 400 && answer && answer.csrf_token && mayRenew) {
      this.set('csrf_token', answer.csrf_token)
      return this.send(false)
    }
    if (response.status === 409) return this.changedElsewhere(answer)
    return this.notSaved(answer)
  }

  request (keepalive) {
    return {
      method: 'POST',
      body: new FormData(this.form),
      headers: { Accept: 'application/json' },
      credentials: 'same-origin',
      redirect: 'error', // a redirect to the sign-in page is not a save
      keepalive
    }
  }

  done (sent, answer) {
    this.saved = sent
    if (answer.version !== undefined) this.set('version', answer.version)
    const problems = answer.problems && answer.problems.length ? ' ' + [].concat(answer.problems).join(' ') : ''
    this.say('Saved ' + timeOf(answer.saved_at) + '.' + problems)
  }

  notSaved (answer) {
    const why = answer && answer.message ? ' ' + answer.message : ''
    this.say('Not saved. What you typed is still on this page.' + why, true)
    if (!this.stopped) this.timer = setTimeout(() => this.save(), 3 * WAIT)
  }

  changedElsewhere (answer) {
    this.stopped = true
    const message = (answer && answer.message) || 'This part has changed since you opened it.'
    this.say(message + ' What you typed is still on this page, and is no longer saved by itself. ', true)
    if (!this.status || !answer || !answer.url) return
    const link = document.createElement('a')
    link.className = 'govuk-link'
    link.href = answer.url
    link.target = '_blank'
    link.rel = 'noopener'
    link.textContent = 'See what is saved now (opens in a new tab)'
    this.status.append(link)
  }

  /* On leaving there is no time for an answer, nor for a second request beside one that runs. */
  leave () {
    if (this.stopped || this.submitting || this.sending || !this.dirty) return
    const request = this.request(true)
    let size = 0
    for (const [name, value] of request.body) size += name.length + 3 * (value.length || value.size || 0) + 120
    if (size > MOST_AT_UNLOAD) return void this.save()
    const sent = this.snapshot()
    this.sending = true
    fetch(this.address, request)
      .then(async (response) => {
        const answer = await readJson(response)
        if (response.ok && answer) this.done(sent, answer)
        else if (response.status === 409) this.changedElsewhere(answer)
        else this.notSaved(answer)
      })
      .catch(() => this.notSaved())
      .finally(() => {
        this.sending = false
        if (this.again) {
          this.again = false
          this.save()
        }
      })
  }

  guard (event) {
    if (this.submitting || !this.dirty) return
    this.leave()
    event.preventDefault()
  }

  /* The button wins over a save that is on its way: the form waits for it, so that its version is the right one. */
  submitted (event) {
    if (event.defaultPrevented) return
    if (this.sending) {
      event.preventDefault()
      const button = event.submitter
      const until = Date.now() + LONGEST_WAIT
      const wait = setInterval(() => {
        if (this.sending && Date.now() < until) return
        this.sending = false
        clearInterval(wait)
        this.form.requestSubmit(button)
      }, 50)
      return
    }
    clearTimeout(this.timer)
    this.submitting = true
  }

  /* Back to this page by the browser's history: the script's memory came back with it. */
  shownAgain (event) {
    if (event.persisted) this.submitting = false
  }

  set (name, value) {
    for (const field of this.form.querySelectorAll('input[type="hidden"]')) {
      if (field.name === name) field.value = value
    }
  }

  say (text, problem = false) {
    if (!this.status) return
    this.status.textContent = text
    this.status.classList.toggle('pl-saved--problem', problem)
  }
}

async function readJson (response) {
  try {
    return await response.json()
  } catch {
    return null
  }
}

function timeOf (text) {
  if (/^\d\d:\d\d$/.test(text || '')) return text
  const moment = text ? new Date(text) : new Date()
  return moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/London' })
}
