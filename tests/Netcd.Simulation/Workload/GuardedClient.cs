using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.V3;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>
/// A user: logs in at one member and shows its token to any, reads, and writes what it may and what it may not; now and then it rests for
/// so long that tokens end. The model of the log says of each write whether it was to be refused, and with which error.
/// </summary>
internal sealed class GuardedClient(SimulatedCluster cluster, RightsJudge judge, int number)
{
    private const long Patience = 2 * VirtualTime.Second;

    private static readonly string[] Keys = ["k0", "k1", "k3", "k5", "k9", "t", "t1"];
    private static readonly string[] Ends = ["", "", "\0", "k3", "l", "u"];

    private readonly string user = Administrator.Users[number % Administrator.Users.Count];
    private readonly SimulationRandom random = cluster.Random.Branch($"user {number}");
    private string? token;
    private int logins;

    /// <summary>Whether it is to begin nothing more.</summary>
    public bool IsToStop { get; set; }

    /// <summary>Whether it does nothing any more.</summary>
    public bool IsDone { get; private set; }

    public async Task RunAsync()
    {
        while (!IsToStop)
        {
            await cluster.Time.Delay(random.Exponential((random.Percent(3) ? 2_000 : 60) * VirtualTime.Millisecond));
            SimulatedMember[] serving = [.. cluster.Serving];
            if (serving.Length == 0)
            {
                continue;
            }

            SimulatedMember member = random.Pick(serving);
            if (token is null || random.Percent(3))
            {
                await LogInAsync(member);
            }
            else if (Identify(member) is { } identity)
            {
                await (random.Percent(40) ? ReadAsync(member, identity) : WriteAsync(member, identity));
            }
        }

        IsDone = true;
    }

    /// <summary>The password is checked by the member; here the token is agreed on.</summary>
    private async Task LogInAsync(SimulatedMember member)
    {
        InternalAuthenticateRequest login = new() { Name = user, SimpleToken = $"{user}{number}n{++logins}" };
        Answer answer = await Calls.ProposeAsync(cluster, member, new InternalRaftRequest { Authenticate = login }, Patience);
        token = (answer.Response as AuthenticateResponse)?.Token ?? token;
    }

    /// <summary>Who it is to the member that it asks; null where that one does not know its token.</summary>
    private AuthIdentity? Identify(SimulatedMember member)
    {
        AuthTable table = member.Node!.Auth;
        if (!table.IsEnabled || random.Percent(3))
        {
            return AuthIdentity.None;
        }

        string? found = member.Tokens!.Find(token!);
        if (found is null && random.Percent(50))
        {
            token = null;
        }

        // A signed token says of its user what was so when it was made.
        ulong age = random.Percent(5) ? (ulong)random.Below(3) : 0;
        return found is null ? null : new AuthIdentity(found, Math.Max(1, table.Revision - Math.Min(age, table.Revision)));
    }

    private async Task ReadAsync(SimulatedMember member, AuthIdentity identity)
    {
        RangeRequest range = new() { Key = Key(), RangeEnd = ByteString.CopyFromUtf8(random.Pick(Ends)) };
        int life = member.Life;
        Answer answer = await Calls.ReadAsync(
            cluster,
            member,
            handle => member.Life == life ? Read(member, handle, identity, range) : new ApplyResult(Protocol.Errors.EtcdErrors.Stopped),
            isLinearizable: random.Percent(50),
            Patience);
        if (answer.Response is RangeResponse found && identity.IsKnown)
        {
            judge.Saw(identity.User, range, found.Header.Revision);
        }
    }

    /// <summary>As a server does it: the store first, then who may see it.</summary>
    private static ApplyResult Read(SimulatedMember member, ReadHandle handle, AuthIdentity identity, RangeRequest range)
    {
        if (member.Node!.Auth.CheckRead(identity, range.Key.Span, range.RangeEnd.Span) is { } denial)
        {
            return new ApplyResult(denial);
        }

        RangeResult result = handle.Range(range);
        RangeResponse response = result.ToMessage();
        response.Header = new ResponseHeader { Revision = result.Revision };
        return new ApplyResult(response);
    }

    private async Task WriteAsync(SimulatedMember member, AuthIdentity identity)
    {
        InternalRaftRequest request = random.Below(6) switch
        {
            < 3 => new InternalRaftRequest { Put = Put() },
            3 => new InternalRaftRequest { DeleteRange = Deletion() },
            4 => new InternalRaftRequest { Txn = Txn(depth: 0) },
            _ => new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = Lease() } },
        };
        if (request.Put?.Lease > 0)
        {
            LeaseGrantRequest grant = new() { ID = request.Put.Lease, TTL = 20 };
            await Calls.ProposeAsync(cluster, member, new InternalRaftRequest { LeaseGrant = grant }, Patience);
        }

        Answer answer = await Calls.ProposeAsync(cluster, member, request, Patience, caller: identity);
        if (answer.AppliedId != 0 && answer.Response is not AuthenticateResponse)
        {
            cluster.Checkers.Model.CheckWrite(answer.AppliedId, Message(request), answer.Response, answer.Error);
        }
    }

    private static IMessage Message(InternalRaftRequest request) =>
        (IMessage?)request.Put ?? (IMessage?)request.DeleteRange ?? (IMessage?)request.Txn ?? request.LeaseRevoke;

    private long Lease() => 900_000_000 + random.Below(4);

    private ByteString Key() => ByteString.CopyFromUtf8(random.Pick(Keys));

    private PutRequest Put() => new()
    {
        Key = Key(),
        Value = ByteString.CopyFromUtf8(user),
        PrevKv = random.Percent(20),
        Lease = random.Percent(35) ? Lease() : 0,
    };

    private DeleteRangeRequest Deletion() =>
        new() { Key = Key(), RangeEnd = ByteString.CopyFromUtf8(random.Pick(["", "", "k3", "k7", "l"])), PrevKv = random.Percent(20) };

    private TxnRequest Txn(int depth)
    {
        TxnRequest txn = new();
        if (depth == 0 && random.Percent(50))
        {
            txn.Compare.Add(new Compare
            {
                Key = Key(),
                Target = Compare.Types.CompareTarget.Version,
                Result = Compare.Types.CompareResult.Greater,
            });
        }

        txn.Success.Add(Operation(depth));
        if (random.Percent(50))
        {
            txn.Failure.Add(Operation(depth));
        }

        return txn;
    }

    private RequestOp Operation(int depth) => random.Below(depth == 0 ? 5 : 3) switch
    {
        0 => new RequestOp { RequestPut = new PutRequest { Key = Key(), Value = ByteString.CopyFromUtf8(user) } },
        1 => new RequestOp { RequestDeleteRange = Deletion() },
        2 => new RequestOp { RequestRange = new RangeRequest { Key = Key(), RangeEnd = ByteString.CopyFromUtf8(random.Pick(Ends)) } },
        _ => new RequestOp { RequestTxn = Txn(depth + 1) },
    };
}
