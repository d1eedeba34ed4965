import { describe, expect, it } from 'vitest'
import { StatusCode, statusLevel } from '../src/index.ts'

describe('status levels', () => {
  it('are those of the specification', () => {
    const of = (level: string): string[] =>
      Object.values(StatusCode).filter((code) => statusLevel(code) === level)
    expect(of('warning')).toEqual(['NetStream.Play.InsufficientBW'])
    expect(of('error').sort()).toEqual([
      'NetConnection.Call.BadVersion',
      'NetConnection.Call.Failed',
      'NetConnection.Call.Prohibited',
      'NetConnection.Connect.AppShutdown',
      'NetConnection.Connect.Failed',
      'NetConnection.Connect.InvalidApp',
      'NetConnection.Connect.Rejected',
      'NetConnection.Proxy.NotResponding',
      'NetStream.Failed',
      'NetStream.Play.Failed',
      'NetStream.Play.FileStructureInvalid',
      'NetStream.Play.NoSupportedTrackFound',
      'NetStream.Play.StreamNotFound',
      'NetStream.Publish.BadName',
      'NetStream.Publish.Denied',
      'NetStream.Publish.Rejected',
      'NetStream.Record.Failed',
      'NetStream.Record.NoAccess',
      'NetStream.Seek.Failed',
      'NetStream.Seek.InvalidTime',
    ])
  })

  it('follow the ending of a code that is not in the table', () => {
    expect(statusLevel('SharedObject.Flush.Failed')).toBe('error')
    expect(statusLevel('My.Own.Code')).toBe('status')
  })
})
