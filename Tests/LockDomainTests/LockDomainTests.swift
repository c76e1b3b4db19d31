// LockDomainTests
