using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Tests.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Model;

namespace Netcd.Engine.Tests.Auth;

/// <summary>
/// Random users, roles, grants and requests against a naive model: what it refuses is refused with the same error, at the check before and
/// when the entry is applied, and nothing else is.
/// </summary>
public sealed class AuthModelTests
{
    private static readonly string[] Names = ["root", "anne", "bob", "eve"];
    private static readonly string[] Keys = ["a", "a\0", "ab", "b", "ba", "c", "d"];
    private static readonly string[] Ends = ["", "", "\0", "a", "ab", "b", "bb", "c", "d"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void What_the_model_denies_is_denied_and_nothing_else(int seed)
    {
        Run run = new(seed);
        for (int n = 0; n < 1_500; n++)
        {
            run.Step(n);
        }

        run.AssertMeaningful();
    }

    private sealed class Run(int seed)
    {
        private readonly Random random = new(seed);
        private readonly SimulatedDisk disk = new();
        private readonly NaiveAuth model = new();
        private readonly Dictionary<long, HashSet<string>> leases = [];
        private readonly Dictionary<string, int> outcomes = [];
        private SteppedNode? stepped;

        private SteppedNode Node => stepped ??= new SteppedNode(disk, seed, applyWorkPerStep: 20);

        public void Step(int n)
        {
            AuthIdentity caller = Caller();
            InternalRaftRequest request = Request();
            CheckBefore(request, caller, n);
            request.Header = new RequestHeader { Username = caller.User, AuthRevision = caller.Revision };
            EtcdError? expected = model.Apply(request, KeysOf) ?? RefusalOfLeases(request);
            ApplyResult result = Node.Run(request, caller);
            Assert.True(result.Error == expected, $"seed {seed}, step {n}: {caller}, {request}: {result.Error} instead of {expected}");
            Count(expected?.Message ?? "ok");
            if (expected is null)
            {
                Follow(request);
            }

            AssertEqualTables(n);
            if (random.Next(200) == 0)
            {
                // What is on the disk says the same.
                stepped!.Dispose();
                stepped = null;
                Node.Read(new RangeRequest { Key = ByteString.CopyFromUtf8("a") });
                AssertEqualTables(n);
            }
        }

        /// <summary>The run has met what it is about.</summary>
        public void AssertMeaningful()
        {
            Node.Dispose();
            foreach (EtcdError error in new[]
            {
                EtcdErrors.PermissionDenied, EtcdErrors.AuthOldRevision, EtcdErrors.UserNameEmpty, EtcdErrors.UserNotFound,
                EtcdErrors.InvalidAuthManagement, EtcdErrors.RoleNotFound,
            })
            {
                Assert.True(outcomes.GetValueOrDefault(error.Message) > 3, $"seed {seed}: hardly any {error.Message}");
            }

            Assert.InRange(outcomes["ok"], 300, 1_300);
        }

        private void Count(string outcome) => outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;

        /// <summary>Who asks: nobody, a user or a stranger, with a token of now or of before.</summary>
        private AuthIdentity Caller() => random.Next(12) switch
        {
            0 => AuthIdentity.None,
            1 => new AuthIdentity("stranger", model.Revision),
            2 => new AuthIdentity(Pick(Names), Math.Max(1, model.Revision - 1)),
            < 6 => new AuthIdentity("root", model.Revision),
            _ => new AuthIdentity(Pick(Names), model.Revision),
        };

        private T Pick<T>(T[] all) => all[random.Next(all.Length)];

        private InternalRaftRequest Request() => random.Next(10) switch
        {
            0 or 1 => new InternalRaftRequest { Put = Put() },
            2 => new InternalRaftRequest { DeleteRange = Deletion() },
            3 => new InternalRaftRequest { Txn = Txn(depth: 0) },
            4 when random.Next(3) > 0 =>
                new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = random.Next(1, 4), TTL = 1_000_000 } },
            4 => new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = random.Next(1, 4) } },
            _ => new AdminRequests(random).Next(),
        };

        /// <summary>What else than rights may refuse a request.</summary>
        private EtcdError? RefusalOfLeases(InternalRaftRequest request) => request switch
        {
            { Put: { Lease: not 0 } put } when !leases.ContainsKey(put.Lease) => EtcdErrors.LeaseNotFound,
            { LeaseRevoke: { } revoke } when !leases.ContainsKey(revoke.ID) => EtcdErrors.LeaseNotFound,
            { LeaseGrant: { } grant } when leases.ContainsKey(grant.ID) => EtcdErrors.LeaseExists,
            _ => null,
        };

        private void Follow(InternalRaftRequest request)
        {
            switch (request)
            {
                case { Put: { } put }:
                    Attach(put);
                    break;
                case { DeleteRange: { } deletion }:
                    Detach(deletion);
                    break;
                case { LeaseGrant: { } grant }:
                    leases.Add(grant.ID, []);
                    break;
                case { LeaseRevoke: { } revoke }:
                    leases.Remove(revoke.ID);
                    break;
            }
        }

        private IEnumerable<string>? KeysOf(long lease) => leases.GetValueOrDefault(lease);

        private PutRequest Put() => new()
        {
            Key = ByteString.CopyFromUtf8(Pick(Keys)),
            Lease = random.Next(3) == 0 ? random.Next(1, 4) : 0,
            PrevKv = random.Next(4) == 0,
        };

        private DeleteRangeRequest Deletion() => new()
        {
            Key = ByteString.CopyFromUtf8(Pick(Keys)),
            RangeEnd = ByteString.CopyFromUtf8(Pick(Ends)),
            PrevKv = random.Next(4) == 0,
        };

        /// <summary>Writes nothing, so that the model need not follow it: deletions of keys that are never put.</summary>
        private TxnRequest Txn(int depth)
        {
            TxnRequest txn = new();
            for (int n = random.Next(3); n > 0; n--)
            {
                txn.Compare.Add(new Compare
                {
                    Key = ByteString.CopyFromUtf8(Pick(Keys)),
                    RangeEnd = ByteString.CopyFromUtf8(Pick(Ends)),
                    Target = Compare.Types.CompareTarget.Version,
                });
            }

            foreach (IList<RequestOp> branch in new[] { txn.Success, txn.Failure })
            {
                for (int n = random.Next(3); n > 0; n--)
                {
                    branch.Add(Operation(depth));
                }
            }

            return txn;
        }

        private RequestOp Operation(int depth) => random.Next(depth < 2 ? 3 : 2) switch
        {
            0 => new RequestOp
            {
                RequestRange = new RangeRequest
                {
                    Key = ByteString.CopyFromUtf8(Pick(Keys)),
                    RangeEnd = ByteString.CopyFromUtf8(Pick(Ends)),
                },
            },
            1 => new RequestOp
            {
                RequestDeleteRange = new DeleteRangeRequest
                {
                    Key = ByteString.CopyFromUtf8(Pick(Keys) + "~"),
                    PrevKv = random.Next(2) == 0,
                },
            },
            _ => new RequestOp { RequestTxn = Txn(depth + 1) },
        };

        private void Attach(PutRequest put)
        {
            string key = put.Key.ToStringUtf8();
            foreach (HashSet<string> keys in leases.Values)
            {
                keys.Remove(key);
            }

            if (put.Lease != 0)
            {
                leases[put.Lease].Add(key);
            }
        }

        private void Detach(DeleteRangeRequest deletion)
        {
            (string key, string end) = (deletion.Key.ToStringUtf8(), deletion.RangeEnd.ToStringUtf8());
            foreach (HashSet<string> keys in leases.Values)
            {
                keys.RemoveWhere(one => end.Length == 0
                    ? one == key
                    : string.CompareOrdinal(one, key) >= 0 && (end == "\0" || string.CompareOrdinal(one, end) < 0));
            }
        }

        /// <summary>The check that handlers make before they propose: without leases, else the same.</summary>
        private void CheckBefore(InternalRaftRequest request, AuthIdentity caller, int n)
        {
            AuthTable table = Node.Node.Auth;
            (EtcdError? found, EtcdError? expected) = request switch
            {
                { Put: { Lease: 0 } put } => (AccessCheck.Check(table, caller, put), model.Check(caller, put, KeysOf)),
                { DeleteRange: { } deletion } => (AccessCheck.Check(table, caller, deletion), model.Check(caller, deletion)),
                { Txn: { } txn } => (AccessCheck.Check(table, caller, txn), model.Check(caller, txn, KeysOf)),
                _ => (table.CheckRoot(caller), model.CheckRoot(caller)),
            };
            Assert.True(found == expected, $"seed {seed}, step {n}, before: {caller}, {request}: {found} instead of {expected}");
        }

        private void AssertEqualTables(int n)
        {
            AuthTable table = Node.Node.Auth;
            Assert.True((model.IsEnabled, model.Revision) == (table.IsEnabled, table.Revision), $"seed {seed}, step {n}");
            Assert.Equal(model.Users.Keys.Order(StringComparer.Ordinal), table.UserNames);
            Assert.Equal(model.Roles.Keys.Order(StringComparer.Ordinal), table.RoleNames);
            foreach ((string user, SortedSet<string> roles) in model.Users)
            {
                Assert.Equal(roles, table.RolesOf(user));
            }
        }
    }
}
