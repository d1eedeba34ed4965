/** Memory of no size, for those who have none yet. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0)
