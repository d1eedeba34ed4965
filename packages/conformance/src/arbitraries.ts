/**
 * Every fast-check arbitrary of the toolkit in one place, by layer, and hostile sessions: for property tests of other
 * implementations.
 *
 * @packageDocumentation
 */
import * as amf0 from '@rtmp/amf0/arbitraries'
import * as amf3 from '@rtmp/amf3/arbitraries'
import * as chunk from '@rtmp/chunk/arbitraries'
import * as eRtmp from '@rtmp/e-rtmp/arbitraries'
import * as flv from '@rtmp/flv/arbitraries'
import * as handshake from '@rtmp/handshake/arbitraries'
import * as message from '@rtmp/message/arbitraries'
import * as session from '@rtmp/session/arbitraries'
import fc from 'fast-check'
import { type FuzzSession, fuzzSession } from './fuzz/fuzz-session.ts'

export { amf0, amf3, chunk, eRtmp, flv, handshake, message, session }

/** Sessions as `rtmp-conformance fuzz` runs them: a state, and what to send in it. */
export const hostileSessions = (): fc.Arbitrary<FuzzSession> =>
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map(fuzzSession)
