/**
 * Conformance cases for RTMP servers, clients and codecs, and the `rtmp-conformance` command. For Node.
 *
 * @packageDocumentation
 */
export { CATALOGUE, type CatalogueRow, type Level, type PeerKind, WITHOUT_CASE } from './case/catalogue.ts'
export type { CaseOptions, ConformanceCase } from './case/conformance-case.ts'
export type { ClientTest, ServerTest } from './case/context.ts'
export { type CaseResult, type Report, runFailed, summarise, type Summary } from './case/result.ts'
export type { RunOptions } from './case/run-cases.ts'
export { CaseEnd, type Verdict } from './case/verdict.ts'
export { CLIENT_CASES, runClientCases } from './client/cases.ts'
export type { ClientProfile, ClientRole, RunningClient } from './client/client-profile.ts'
export type { CodecAnswer, CodecFormat, CodecRequest, CodecUnderTest } from './codec/codec-under-test.ts'
export { CODEC_CASES, type CodecTest } from './codec/codec-cases.ts'
export { ownCodec } from './codec/own-codec.ts'
export { runCodecCases } from './codec/run-codec-cases.ts'
export { CODEC_VECTORS, type CodecStep, type CodecVector, type Hex } from './codec/vectors.ts'
export {
  type FuzzFinding,
  type FuzzOptions,
  type FuzzReport,
  replaySession,
  runFuzz,
} from './fuzz/run-fuzz.ts'
export { type FuzzSession, fuzzSession, type FuzzState } from './fuzz/fuzz-session.ts'
export { type ClientCommands, clientProcess } from './node/client-process.ts'
export { listenForClients } from './node/listen.ts'
export { childCodec } from './node/child-codec.ts'
export { buildReport } from './report/build-report.ts'
export { htmlPage } from './report/html.ts'
export { junitXml } from './report/junit.ts'
export { summaryText } from './report/summary-text.ts'
export { SERVER_CASES } from './server/cases.ts'
export { runServerCases } from './server/run-server-cases.ts'
export type { ClaimedLimits, Patience, ServerProfile } from './server/server-profile.ts'
export { serverTarget, type ServerTargetOptions } from './server/server-target.ts'
export type { Dial, Link, LinkEnd, LinkHandler } from './wire/link.ts'
