package import VarveIO
package import VarveJSON
package import VarveSignature

/// Who calls, and may they: what a front asks about every request. Any thread may call any method.
///
/// Reading takes a lock for a look-up; changing anything writes the vault first, under a lock of its own, so that
/// nobody who only reads waits for the disk.
package final class IdentityService: Sendable {
    package let configuration: IdentityConfiguration
    let environment: SystemEnvironment
    let verifier: SignatureVerifier
    private let vault: IdentityVault?
    /// nil when nobody is put off.
    private let failures: FailureGuard?
    /// Held by who changes something, from reading the state to installing the new one.
    private let changes = Monitor(())
    private let shared: Monitor<Shared>

    /// What threads share.
    private struct Shared: Sendable {
        var state: IdentityState
        var directory: Directory
        /// When, and for what, a key was used last; by id.
        var lastUses: [String: LastUse] = [:]
        /// Of one-time passwords, by serial number.
        var guesses: [String: GuessLimit] = [:]
    }

    struct LastUse: Sendable {
        var seconds: Int64
        var region: String
        var service: String
    }

    // MARK: Opening

    /// - Parameter vault: nil for a service that forgets everything but its configuration.
    /// - Throws: what is wrong with the vault, or with the configuration.
    package static func open(
        _ configuration: IdentityConfiguration, vault: IdentityVault?, environment: SystemEnvironment
    ) throws(IdentityVaultError) -> IdentityService {
        let kept = try vault?.load()
        var declared = DeclaredState(
            configuration: configuration, nowSeconds: environment.nowSeconds, state: kept ?? IdentityState())
        try declared.apply()
        return IdentityService(configuration, vault: vault, environment: environment, state: declared.state)
    }

    private init(
        _ configuration: IdentityConfiguration, vault: IdentityVault?, environment: SystemEnvironment,
        state: IdentityState
    ) {
        self.configuration = configuration
        self.environment = environment
        self.vault = vault
        verifier = SignatureVerifier(rules: configuration.rules)
        failures = configuration.failureLimit.map { FailureGuard($0, clock: environment.clock) }
        shared = Monitor(Shared(state: state, directory: Directory(state, partition: configuration.partition)))
    }

    /// Numbers of the accounts that there are, sorted.
    package var accountIDs: [String] { snapshot.accounts.keys.sorted() }

    /// The state as it is now.
    var snapshot: IdentityState { shared.withLock { $0.state } }

    var partition: String { configuration.partition }

    // MARK: Changing

    /// Changes the state: in the vault first, then for everybody.
    /// - Parameter change: throws to change nothing.
    func change<Value: Sendable>(
        _ change: (inout IdentityState) throws(IdentityError) -> Value
    ) throws(IdentityError) -> Value {
        try changes.withLock { _ throws(IdentityError) in
            var state = snapshot
            let value = try change(&state)
            do throws(IdentityVaultError) {
                try vault?.write(state)
            } catch {
                throw .failure("\(error)")
            }
            let directory = Directory(state, partition: partition)
            // The old secrets erase themselves when the last request that uses them ends.
            shared.withLock { shared in
                shared.state = state
                shared.directory = directory
            }
            return value
        }
    }

    // MARK: Authenticating

    /// Finds out whose request it is. Steps 1 to 16 of the order of checks; the time is that of a signature. A source
    /// that has guessed too often is told `Throttling` before anything is computed of its signature.
    /// - Parameters:
    ///   - service: that the scope must name.
    ///   - nowSeconds: the server's time of day, since 1970.
    package func authenticate(
        _ request: SignedRequest, service: String, connection: ConnectionFacts, nowSeconds: Int64
    ) throws(IdentityError) -> CallerContext {
        if case .noAuthentication(let account) = configuration.mode { return unauthenticated(request, account) }
        let claim: SignatureClaim
        do throws(SignatureError) {
            claim = try verifier.claim(
                of: request, service: service, nowSeconds: nowSeconds, isSecure: connection.isSecure)
        } catch {
            throw IdentityError(error)
        }
        let source = failures == nil ? nil : connection.sourceAddress.flatMap { FailureLimiter.Source($0) }
        if let source, failures?.isThrottled(source, accessKeyID: claim.accessKeyID) == true { throw .throttled }
        do throws(SignatureError) {
            let caller = try verified(request, claim, nowSeconds)
            if let source { failures?.note(isRight: true, source, accessKeyID: claim.accessKeyID) }
            return caller
        } catch {
            // Who comes late with a token that was right does not guess.
            if let source, error.kind != .expiredToken {
                failures?.note(isRight: false, source, accessKeyID: claim.accessKeyID)
            }
            throw IdentityError(error)
        }
    }

    /// A source was given a key.
    func noteIssued(_ accessKeyID: String, at connection: ConnectionFacts) {
        guard let failures, let source = connection.sourceAddress.flatMap({ FailureLimiter.Source($0) }) else { return }
        failures.note(isRight: true, source, accessKeyID: accessKeyID)
    }

    private func verified(
        _ request: SignedRequest, _ claim: SignatureClaim, _ nowSeconds: Int64
    ) throws(SignatureError) -> CallerContext {
        let credential: Credential
        do throws(SignatureError) {
            credential = try self.credential(claim.accessKeyID, token: claim.sessionToken, nowSeconds: nowSeconds)
        } catch {
            // As slow as a key that exists.
            verifier.pretendToVerify(request, claim)
            throw error
        }
        try verifier.verify(request, claim, secret: credential.secret)
        noteUse(claim, nowSeconds)
        var caller = credential.caller
        caller.region = claim.region
        return caller
    }

    private func noteUse(_ claim: SignatureClaim, _ nowSeconds: Int64) {
        guard claim.sessionToken == nil else { return }
        shared.withLock { shared in
            let last = shared.lastUses[claim.accessKeyID]
            guard last?.seconds != nowSeconds || last?.service != claim.service else { return }
            shared.lastUses[claim.accessKeyID] = LastUse(
                seconds: nowSeconds, region: claim.region, service: claim.service)
        }
    }

    func lastUse(ofKey id: String) -> LastUse? { shared.withLock { $0.lastUses[id] } }

    private func credential(
        _ accessKeyID: String, token: String?, nowSeconds: Int64
    ) throws(SignatureError) -> Credential {
        // Texts that are equal for Unicode are different keys.
        guard accessKeyID.utf8.allSatisfy({ $0 < 0x80 }) else { throw .unknownKey }
        return try shared.withLock { shared throws(SignatureError) in
            try shared.directory.credential(shared.state, accessKeyID, token: token, nowSeconds: nowSeconds)
        }
    }

    private func unauthenticated(_ request: SignedRequest, _ account: String) -> CallerContext {
        // What the scope says is taken at its word: nothing here is secret, and region and account then fit the caller.
        let text = request.header("authorization") ?? ""
        let scope = text.split(separator: "Credential=", maxSplits: 1).last ?? ""
        let parts = scope.prefix { $0 != "," }.split(separator: "/")
        let region = parts.count == 5 ? String(parts[2]) : configuration.defaultRegion
        return shared.withLock { shared in
            var chosen = account
            if parts.count == 5, let owner = shared.directory.account(ofKey: String(parts[0])) { chosen = owner }
            var caller = shared.directory.root(shared.state, account: chosen, accessKeyID: nil)
            caller.region = region
            return caller
        }
    }

    /// Looks something up under the lock.
    func look<Value, Failure: Error>(
        _ body: (IdentityState, inout Directory) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try shared.withLock { shared throws(Failure) in try body(shared.state, &shared.directory) }
    }

    // MARK: Authorising

    /// Whether a caller may do something to all of these resources.
    /// - Parameters:
    ///   - action: such as `cloudwatch:PutMetricData`.
    ///   - resources: ARNs; none for actions that concern no resource.
    ///   - resourcePolicy: of the resources, when they have one.
    /// - Returns: the first refusal, or that it is allowed.
    package func authorise(
        _ caller: CallerContext, action: String, resources: [String] = [], context: RequestContext,
        resourcePolicy: ResourcePolicy? = nil, isGranted: Bool = false
    ) -> Decision {
        var decision: Decision?
        for resource in resources.isEmpty ? ["*"] : resources {
            var evaluator = PolicyEvaluator(
                EvaluationContext(caller: caller, request: context, resource: resource), action: action)
            let one = evaluator.decide(resourcePolicy: resourcePolicy, isGranted: isGranted)
            guard one.isAllowed else { return one }
            decision = decision ?? one
        }
        return decision ?? Decision(outcome: .implicitDeny(.identity), action: action, resource: "*", statements: [])
    }

    /// The same with every statement that was looked at.
    package func explain(
        _ caller: CallerContext, action: String, resource: String = "*", context: RequestContext,
        resourcePolicy: ResourcePolicy? = nil, isGranted: Bool = false
    ) -> (decision: Decision, trace: [StatementTrace]) {
        var evaluator = PolicyEvaluator(
            EvaluationContext(caller: caller, request: context, resource: resource), action: action, isTraced: true)
        let decision = evaluator.decide(resourcePolicy: resourcePolicy, isGranted: isGranted)
        return (decision, evaluator.trace ?? [])
    }

    /// All that an operation of CloudWatch or EventBridge needs.
    /// - Returns: the first refusal as the error of the service.
    package func authorise(
        _ caller: CallerContext, service: String, operation: String, input: JSONValue, context: RequestContext
    ) throws(IdentityError) {
        let needs = ActionTable.requirements(
            service: service, operation: operation, input: input, region: caller.region, account: caller.account,
            partition: partition)
        for need in needs {
            var context = context
            for (key, values) in need.contextValues { context.set(key, values) }
            let decision = authorise(caller, action: need.action, resources: need.resources, context: context)
            guard decision.isAllowed else { throw .accessDenied(decision.refusal(to: caller.arn)) }
        }
    }

    // MARK: One-time passwords

    /// Accepts a password once, or says why not. Guessing is slowed down.
    func checkMFA(serial: String, code: String, caller: CallerContext, nowSeconds: Int64) throws(IdentityError) {
        let wrongSerial = IdentityError.accessDenied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
                + "valid and associated with this user.")
        let wrongCode = IdentityError.accessDenied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
        let owner: MFADevice.Owner
        switch caller.kind {
        case .root: owner = .root
        case .user(let name): owner = .user(name.lowercased())
        default: throw wrongSerial
        }
        guard shared.withLock({ $0.guesses[serial]?.isOpen(nowSeconds: nowSeconds) ?? true }) else { throw wrongCode }
        do throws(IdentityError) {
            try change { state throws(IdentityError) in
                guard var device = state.accounts[caller.account]?.devices[serial], device.owner == owner else {
                    throw wrongSerial
                }
                guard
                    let step = TOTP.step(
                        of: code, seed: device.seed, nowSeconds: nowSeconds, after: device.lastStep)
                else { throw wrongCode }
                device.lastStep = step
                state.accounts[caller.account]?.devices[serial] = device
            }
        } catch {
            if error == wrongCode {
                shared.withLock { $0.guesses[serial, default: GuessLimit()].fail(nowSeconds: nowSeconds) }
            }
            throw error
        }
        shared.withLock { _ = $0.guesses.removeValue(forKey: serial) }
    }
}

extension SystemEnvironment {
    /// Seconds since 1970.
    var nowSeconds: Int64 { clock.wallNs() / 1_000_000_000 }
}
