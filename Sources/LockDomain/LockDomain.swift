// LockDomain
