// LockMessages
