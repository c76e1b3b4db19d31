// LockMessagesTests
