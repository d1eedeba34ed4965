/** What is to be done when a subscriber has been given its part of a batch. */
export const Delivery = {
  /** Nothing. */
  done: 0,
  /** The stream has to see to the subscriber: it waits for a catch-up, for what it has switched on, or in a gap. */
  attend: 1,
  /** It is beyond the hard bound, and must end. */
  over: 2,
} as const
