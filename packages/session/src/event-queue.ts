/** Events waiting to be taken, first in, first out. Holds no memory while empty. */
export class EventQueue<Event> {
  #events: Event[] | undefined
  #first = 0

  push(event: Event): void {
    if (this.#events === undefined) this.#events = [event]
    else this.#events.push(event)
  }

  shift(): Event | undefined {
    const events = this.#events
    if (events === undefined) return undefined
    const event = events[this.#first++]
    if (this.#first === events.length) {
      this.#events = undefined
      this.#first = 0
    }
    return event
  }
}
