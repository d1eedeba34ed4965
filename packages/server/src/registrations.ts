/**
 * Types of `server.registrations`: who wants what is published, and whose players may come, by port, app and stream name.
 *
 * @packageDocumentation
 */
export type {
  AddressRestriction,
  PublisherRegistrationOptions,
  RegisteredPublisher,
  Registration,
  RegistrationErrorCode,
  RegistrationOptions,
  Registrations,
  WatcherRegistration,
  WatcherRegistrationOptions,
} from './registrations/registration.ts'
