import { fromHex, readRepoJson } from '@rtmp/testkit'
import { type Amf0Plain, typedObject, xmlDocument } from '../src/index.ts'

export interface Vector {
  readonly name: string
  readonly spec?: string
  readonly source: string
  readonly hex: string
  readonly value?: readonly unknown[]
  /** The code `strict` throws, where the bytes are tolerated otherwise. */
  readonly strictFault?: string
}

export const readVectors = (file: string): Promise<Vector[]> =>
  readRepoJson<Vector[]>(`vectors/amf0/${file}.json`)

interface Special {
  readonly $: string
  readonly ms: number
  readonly text: string
  readonly className: string
  readonly hex: string
  readonly properties: Record<string, unknown>
  readonly entries: readonly (readonly [string, unknown])[]
}

/** A vector's value: what JSON cannot say stands as an object with a `$`. */
export const revive = (value: unknown): Amf0Plain => {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value as Amf0Plain
  const special = value as Special
  const entries = (list: readonly (readonly [string, unknown])[]): Record<string, Amf0Plain> =>
    Object.fromEntries(list.map(([name, item]) => [name, revive(item)]))
  switch (special.$) {
    case undefined:
      return entries(Object.entries(value))
    case 'undefined':
      return undefined
    case '-0':
      return -0
    case 'date':
      return new Date(special.ms)
    case 'xmlDocument':
      return xmlDocument(special.text)
    case 'typed':
      return typedObject(special.className, entries(Object.entries(special.properties)))
    case 'bytes':
      return fromHex(special.hex)
    case 'entries':
      return entries(special.entries)
    case 'cycle': {
      const self: Record<string, Amf0Plain> = {}
      self['self'] = self
      return self
    }
    default:
      throw new Error(`a value of kind ${special.$}`)
  }
}
