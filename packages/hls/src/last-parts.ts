/**
 * So long whoever follows part by part has for the last parts before it is told of the end, in milliseconds: `tick` is due so long behind `end`. hls.js 1.6
 * loads no part once it knows of the end, nor the rest of a segment of which it has parts.
 */
export const LAST_PARTS_MS = 500
