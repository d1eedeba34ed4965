/** A mistake of whoever typed it, in one sentence. */
export class Mistake extends Error {}
