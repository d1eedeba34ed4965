/** Memory of no size, for those who have none yet. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0)

/** A view of it. */
export const NOTHING_VIEW: DataView<ArrayBuffer> = new DataView(NOTHING.buffer)
