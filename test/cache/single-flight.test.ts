import { expect, test } from 'vitest';
import { type Flight, SingleFlight } from '../../src/cache/single-flight.ts';
import { gate } from './fleet.ts';

/** Flights, what starts one, and what lets them end. */
function newFlights() {
  const started: Flight[] = [];
  const end = gate<string>();
  const start = (flight: Flight): Promise<string> => {
    started.push(flight);
    return end.promise;
  };
  return { flights: new SingleFlight(), early: gate(), end, start, started };
}

test('a flight whose place another took is forgotten like that one', async () => {
  const { early, end, flights, start, started } = newFlights();
  const calls = [
    flights.run('key', (share) => share(start, () => true)),
    flights.run('key', async (share) => {
      await early.promise;
      return share(start, () => false);
    }),
  ];
  flights.forget('key');
  calls.push(flights.run('key', (share) => share(start, () => true)));
  // It is of the first flight, which it cannot join any more, nor the second.
  early.open();
  await expect.poll(() => started.length).toBe(3);
  expect(started.map(({ current }) => current)).toEqual([false, true, true]);
  flights.forget('key');
  expect(started.map(({ current }) => current)).toEqual([false, false, false]);
  end.open('made');
  expect(await Promise.all(calls)).toEqual(['made', 'made', 'made']);
});

test('a call that cannot join its flight joins the one that came after it', async () => {
  const { early, end, flights, start, started } = newFlights();
  const calls = [
    flights.run('key', (share) => share(start, () => true)),
    flights.run('key', async (share) => {
      await early.promise;
      return share(start, (flight) => flight.current);
    }),
  ];
  flights.forget('key');
  calls.push(flights.run('key', (share) => share(start, () => true)));
  early.open();
  end.open('made');
  expect(await Promise.all(calls)).toEqual(['made', 'made', 'made']);
  expect(started.length).toBe(2);
});
