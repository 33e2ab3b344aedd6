import { createContext, useContext } from 'react';
import type { User } from './api/types';

export const UserContext = createContext<User | null>(null);

/** Who is signed in; only for what is shown to somebody who is. */
export function useUser(): User {
  const user = useContext(UserContext);
  if (!user) throw new Error('Nobody is signed in');
  return user;
}

export function useMay(verb: string): boolean {
  return useUser().verbs.includes(verb);
}
