// MosquittoTests
