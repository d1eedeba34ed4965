import type { Amf0Object, Amf0Plain } from './values.ts'

// Decoded values come from strangers: these say what a value is without trusting it, and never reach what an object
// inherits. They serve values from `@rtmp/amf3` as well.

/** The value as a number, or `undefined` when it is none. */
export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

/** The value as a boolean, or `undefined` when it is none. */
export const asBoolean = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined

/** The value as a string, or `undefined` when it is none. */
export const asString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** The value as an array, or `undefined` when it is none. */
export const asArray = (value: unknown): Amf0Plain[] | undefined =>
  Array.isArray(value) ? (value as Amf0Plain[]) : undefined

/** The value as an object with properties (plain, typed or from an ECMA array), or `undefined` when it is none. */
export const asObject = (value: unknown): Amf0Object | undefined =>
  Object.prototype.toString.call(value) === '[object Object]' ? (value as Amf0Object) : undefined

/** Whether the value is null or undefined. */
export const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined

/** An own property of an object, or `undefined` when the value is no object or has no such property. */
export const property = (value: unknown, name: string): Amf0Plain => {
  const object = asObject(value)
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined
}
