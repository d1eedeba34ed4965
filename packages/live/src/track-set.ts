/** Stands for "every track" in a set of tracks. */
export const ALL_TRACKS = -1

/** A track as a set: one bit; tracks from 31 on share one. */
export const trackBit = (track: number): number => 1 << Math.min(track, 31)
