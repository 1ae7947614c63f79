import HummingbirdCore
import NIOCore
import Logging
import Yams
import ServiceLifecycle
