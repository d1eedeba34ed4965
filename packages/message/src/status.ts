/** The three levels of a status (RTMP 1.0 §7.2.2). `error` means: what was asked for did not happen. */
export type StatusLevel = 'status' | 'warning' | 'error'

/**
 * Status codes as they travel in `onStatus`, `_result` and `_error` (RTMP 1.0 §7.2, E-RTMP v2, and what Flash Media
 * Server adds). A code that is not listed is legal too: codes are open strings.
 */
export const StatusCode = {
  /** `connect` was accepted. */
  connectSuccess: 'NetConnection.Connect.Success',
  /** `connect` was refused; the description carries the reason. */
  connectRejected: 'NetConnection.Connect.Rejected',
  /** The application named in `connect` does not exist. */
  connectInvalidApp: 'NetConnection.Connect.InvalidApp',
  /** The connection attempt failed. */
  connectFailed: 'NetConnection.Connect.Failed',
  /** The connection was closed. */
  connectClosed: 'NetConnection.Connect.Closed',
  /** The application is shutting down. */
  connectAppShutdown: 'NetConnection.Connect.AppShutdown',
  /** The connection is closed because nothing happened on it. */
  connectIdleTimeout: 'NetConnection.Connect.IdleTimeout',
  /** The client should connect again, perhaps elsewhere (E-RTMP v2, Reconnect Request). */
  connectReconnectRequest: 'NetConnection.Connect.ReconnectRequest',
  /** A call could not be carried out, or is unknown. */
  callFailed: 'NetConnection.Call.Failed',
  /** A call could not be decoded. */
  callBadVersion: 'NetConnection.Call.BadVersion',
  /** A call is not allowed. */
  callProhibited: 'NetConnection.Call.Prohibited',
  /** The proxy does not answer. */
  proxyNotResponding: 'NetConnection.Proxy.NotResponding',
  /** Publishing has begun; media may follow. */
  publishStart: 'NetStream.Publish.Start',
  /** The name is being published by someone else. */
  publishBadName: 'NetStream.Publish.BadName',
  /** Publishing is not allowed here. */
  publishDenied: 'NetStream.Publish.Denied',
  /** Publishing was refused. */
  publishRejected: 'NetStream.Publish.Rejected',
  /** The publisher has sent nothing for a while. */
  publishIdle: 'NetStream.Publish.Idle',
  /** Publishing has ended. */
  unpublishSuccess: 'NetStream.Unpublish.Success',
  /** The play list was cleared before playback. */
  playReset: 'NetStream.Play.Reset',
  /** Playback has begun. */
  playStart: 'NetStream.Play.Start',
  /** Playback has ended. */
  playStop: 'NetStream.Play.Stop',
  /** A recorded stream was played to its end. */
  playComplete: 'NetStream.Play.Complete',
  /** There is no stream of this name. */
  playStreamNotFound: 'NetStream.Play.StreamNotFound',
  /** Playback failed. */
  playFailed: 'NetStream.Play.Failed',
  /** A publisher has appeared on the stream being played. */
  playPublishNotify: 'NetStream.Play.PublishNotify',
  /** The publisher of the stream being played has gone. */
  playUnpublishNotify: 'NetStream.Play.UnpublishNotify',
  /** The client cannot take the stream as fast as it comes. */
  playInsufficientBandwidth: 'NetStream.Play.InsufficientBW',
  /** `play2` switches to another stream. */
  playTransition: 'NetStream.Play.Transition',
  /** The switch asked for by `play2` is done. */
  playTransitionComplete: 'NetStream.Play.TransitionComplete',
  /** The file to play cannot be read. */
  playFileStructureInvalid: 'NetStream.Play.FileStructureInvalid',
  /** The file to play holds nothing that can be played. */
  playNoSupportedTrackFound: 'NetStream.Play.NoSupportedTrackFound',
  /** Playback is paused. */
  pauseNotify: 'NetStream.Pause.Notify',
  /** Playback goes on. */
  unpauseNotify: 'NetStream.Unpause.Notify',
  /** Playback has moved to another position. */
  seekNotify: 'NetStream.Seek.Notify',
  /** The stream cannot be moved in. */
  seekFailed: 'NetStream.Seek.Failed',
  /** The position lies outside the stream. */
  seekInvalidTime: 'NetStream.Seek.InvalidTime',
  /** Recording has begun. */
  recordStart: 'NetStream.Record.Start',
  /** Recording has ended. */
  recordStop: 'NetStream.Record.Stop',
  /** The stream may not be recorded. */
  recordNoAccess: 'NetStream.Record.NoAccess',
  /** Recording failed. */
  recordFailed: 'NetStream.Record.Failed',
  /** Data follows. FFmpeg shows an empty data stream on this one, so servers had better not send it. */
  dataStart: 'NetStream.Data.Start',
  /** Something failed on the stream. */
  streamFailed: 'NetStream.Failed',
} as const

/** A status code of the table. */
export type KnownStatusCode = (typeof StatusCode)[keyof typeof StatusCode]

/** The words a code ends in when it reports that something did not happen. */
const ERROR_ENDINGS =
  /\.(Failed|Rejected|InvalidApp|AppShutdown|BadVersion|Prohibited|BadName|Denied|Unauthorized|StreamNotFound|FileStructureInvalid|NoSupportedTrackFound|InvalidTime|NoAccess|NotResponding)$/

/**
 * The level a code is sent with. Codes outside the table follow their ending: `Some.Thing.Failed` is an error.
 */
export const statusLevel = (code: string): StatusLevel =>
  ERROR_ENDINGS.test(code) ? 'error' : code === StatusCode.playInsufficientBandwidth ? 'warning' : 'status'
