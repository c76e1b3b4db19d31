// LocalNetworkTests
