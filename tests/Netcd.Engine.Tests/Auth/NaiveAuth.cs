using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Auth;

/// <summary>Users and roles as one would write them down, without a thought for speed: what the engine is held against.</summary>
internal sealed class NaiveAuth
{
    public Dictionary<string, SortedSet<string>> Users { get; } = [];

    public Dictionary<string, List<(string Key, string End, Permission.Types.Type Type)>> Roles { get; } = [];

    /// <summary>The keys of leases.</summary>
    public Dictionary<long, HashSet<string>> Leases { get; } = [];

    public bool IsEnabled { get; set; }

    public ulong Revision { get; set; } = 1;

    public EtcdError? CheckRoot(AuthIdentity caller) => !IsEnabled ? null
        : caller.User.Length == 0 ? EtcdErrors.UserNameEmpty
        : !Users.TryGetValue(caller.User, out SortedSet<string>? roles) ? EtcdErrors.UserNotFound
        : roles.Contains("root") ? null
        : EtcdErrors.PermissionDenied;

    public EtcdError? CheckKeys(AuthIdentity caller, string key, string end, bool isWrite)
    {
        if (!IsEnabled)
        {
            return null;
        }

        if (caller.Revision == 0)
        {
            return EtcdErrors.UserNameEmpty;
        }

        if (caller.Revision < Revision)
        {
            return EtcdErrors.AuthOldRevision;
        }

        return Users.TryGetValue(caller.User, out SortedSet<string>? roles) && (roles.Contains("root") || IsCovered(roles, key, end, isWrite))
            ? null
            : EtcdErrors.PermissionDenied;
    }

    public EtcdError? CheckLease(AuthIdentity caller, long lease)
    {
        if (!IsEnabled || CheckRoot(caller) is null || !Leases.TryGetValue(lease, out HashSet<string>? keys))
        {
            return null;
        }

        return keys.Select(key => CheckKeys(caller, key, "", isWrite: true)).FirstOrDefault(static error => error is not null);
    }

    public EtcdError? Check(AuthIdentity caller, PutRequest put)
    {
        string key = put.Key.ToStringUtf8();
        return CheckKeys(caller, key, "", isWrite: true) ?? CheckLease(caller, put.Lease)
            ?? (put.PrevKv ? CheckKeys(caller, key, "", isWrite: false) : null);
    }

    public EtcdError? Check(AuthIdentity caller, DeleteRangeRequest deletion)
    {
        (string key, string end) = (deletion.Key.ToStringUtf8(), deletion.RangeEnd.ToStringUtf8());
        return CheckKeys(caller, key, end, isWrite: true) ?? (deletion.PrevKv ? CheckKeys(caller, key, end, isWrite: false) : null);
    }

    public EtcdError? Check(AuthIdentity caller, TxnRequest txn)
    {
        IEnumerable<EtcdError?> compares =
            txn.Compare.Select(compare => CheckKeys(caller, compare.Key.ToStringUtf8(), compare.RangeEnd.ToStringUtf8(), isWrite: false));
        IEnumerable<EtcdError?> operations = txn.Success.Concat(txn.Failure).Select(operation => operation.RequestCase switch
        {
            RequestOp.RequestOneofCase.RequestRange => CheckKeys(
                caller, operation.RequestRange.Key.ToStringUtf8(), operation.RequestRange.RangeEnd.ToStringUtf8(), isWrite: false),
            RequestOp.RequestOneofCase.RequestPut => Check(caller, operation.RequestPut),
            RequestOp.RequestOneofCase.RequestDeleteRange => Check(caller, operation.RequestDeleteRange),
            _ => Check(caller, operation.RequestTxn),
        });
        return compares.Concat(operations).FirstOrDefault(static error => error is not null);
    }

    /// <summary>
    /// Whether ranges together cover another one. At each point where one of them begins or ends within it, and at its start, some range
    /// must go on: in between nothing changes.
    /// </summary>
    private bool IsCovered(IEnumerable<string> roles, string key, string end, bool isWrite)
    {
        (string from, string? to) = Range(key, end);
        if (to is not null && string.CompareOrdinal(from, to) >= 0)
        {
            // No key lies in it; who may not have its first one is refused all the same.
            to = from + "\0";
        }

        (string From, string? To)[] granted =
        [
            .. roles.Where(Roles.ContainsKey).SelectMany(role => Roles[role])
                .Where(one => one.Type == Permission.Types.Type.Readwrite
                    || one.Type == (isWrite ? Permission.Types.Type.Write : Permission.Types.Type.Read))
                .Select(one => Range(one.Key, one.End)),
        ];
        return granted.SelectMany(static range => new[] { range.From, range.To }).Append(from)
            .Where(point => point is not null && string.CompareOrdinal(point, from) >= 0 && (to is null || string.CompareOrdinal(point, to) < 0))
            .All(point => granted.Any(range =>
                string.CompareOrdinal(range.From, point) <= 0 && (range.To is null || string.CompareOrdinal(point, range.To) < 0)));
    }

    private static (string From, string? To) Range(string key, string end) => (key, end switch
    {
        "" => key + "\0",
        "\0" => null,
        _ => end,
    });
}
