using Netcd.Client;
using Netcd.Client.Cluster;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;
using MemberUrl = Netcd.Engine.Membership.MemberUrl;

namespace Netcd.Tools.Ctl;

/// <summary><c>member</c> and what stands behind it.</summary>
internal sealed class MemberCommands(CtlContext context)
{
    private static readonly string[] Titles = ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"];

    public Command Create() => new Command("member <subcommand>", "Membership related commands")
        .Add(Add(), Remove(), Update(), List(), Promote());

    private Command Add()
    {
        TextFlag peerUrls = PeerUrls();
        BooleanFlag learner = new("learner", "indicates if the new member is raft learner");
        return new Command("add <memberName> [options]", "Adds a member into the cluster")
        {
            Flags = [peerUrls, learner],
            Run = arguments =>
            {
                if (arguments.Count != 1)
                {
                    throw Bad(arguments.Count == 0 ? "member name not provided" : "too many arguments");
                }

                string[] urls = UrlsOf(peerUrls);
                return context.Run(async client =>
                {
                    MemberAdded added = await client.Cluster.AddAsync(urls, learner.Value).ConfigureAwait(false);
                    return new Answer
                    {
                        Simple = output => Write(output, added, arguments[0], peerUrls.Value),
                        Message = Messages.Of(added),
                    };
                });
            },
        };
    }

    private static void Write(TextWriter output, MemberAdded added, string name, string peerUrls)
    {
        output.WriteLine($"Member {added.Added.Id,16:x} added to cluster {added.Header.ClusterId,16:x}");
        IEnumerable<string> cluster =
            from member in added.Members
            from url in member.PeerUrls
            select $"{(member.Id == added.Added.Id ? name : member.Name)}={url}";
        output.WriteLine();
        output.WriteLine($"ETCD_NAME={GoText.Quote(name)}");
        output.WriteLine($"ETCD_INITIAL_CLUSTER={GoText.Quote(string.Join(',', cluster))}");
        output.WriteLine($"ETCD_INITIAL_ADVERTISE_PEER_URLS={GoText.Quote(peerUrls)}");
        output.WriteLine("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
    }

    private Command Remove() => new("remove <memberID>", "Removes a member from the cluster")
    {
        Run = arguments => Change(arguments, "removed from", static (cluster, id) => cluster.RemoveAsync(id)),
    };

    private Command Promote() => new("promote <memberID>", "Promotes a non-voting member in the cluster")
    {
        Run = arguments => Change(arguments, "promoted in", static (cluster, id) => cluster.PromoteAsync(id)),
    };

    private Command Update()
    {
        TextFlag peerUrls = PeerUrls();
        return new Command("update <memberID> [options]", "Updates a member in the cluster")
        {
            Flags = [peerUrls],
            Run = arguments =>
            {
                IdOf(arguments);
                string[] urls = UrlsOf(peerUrls);
                return Change(arguments, "updated in", (cluster, id) => cluster.UpdateAsync(id, urls));
            },
        };
    }

    private int Change(IReadOnlyList<string> arguments, string done, Func<ICluster, ulong, Task<MemberList>> change)
    {
        ulong id = IdOf(arguments);
        return context.Run(async client =>
        {
            MemberList members = await change(client.Cluster, id).ConfigureAwait(false);
            return new Answer
            {
                Simple = output => output.WriteLine($"Member {id,16:x} {done} cluster {members.Header.ClusterId,16:x}"),
                Message = Messages.Of(members),
            };
        });
    }

    private Command List()
    {
        TextFlag consistency = new("consistency", "Linearizable(l) or Serializable(s)", "l");
        return new Command("list", "Lists all members in the cluster")
        {
            Flags = [consistency],
            Run = _ => context.Run(async client =>
            {
                MemberList members = await client.Cluster.MembersAsync(consistency.Value != "s").ConfigureAwait(false);
                string[][] rows = [.. members.Members.Select(Row)];
                return new Answer
                {
                    Simple = output => Array.ForEach(rows, row => output.WriteLine(string.Join(", ", row))),
                    Fields = output => WriteFields(output, members),
                    Table = (Titles, rows),
                    Message = Messages.Of(members),
                    Json = context.Flags.Hex.Value ? HexJson(members) : null,
                };
            }),
        };
    }

    private static string[] Row(Member member) =>
    [
        member.Id.ToString("x", System.Globalization.CultureInfo.InvariantCulture),
        member.Name.Length == 0 ? "unstarted" : "started",
        member.Name,
        string.Join(',', member.PeerUrls),
        string.Join(',', member.ClientUrls),
        member.IsLearner ? "true" : "false",
    ];

    private static void WriteFields(TextWriter output, MemberList members)
    {
        KeyAnswers.Fields(output, members.Header);
        foreach (Member member in members.Members)
        {
            output.WriteLine($"\"ID\" : {member.Id}");
            output.WriteLine($"\"Name\" : {GoText.Quote(member.Name)}");
            foreach (string url in member.PeerUrls)
            {
                output.WriteLine($"\"PeerURL\" : {GoText.Quote(url)}");
            }

            foreach (string url in member.ClientUrls)
            {
                output.WriteLine($"\"ClientURL\" : {GoText.Quote(url)}");
            }

            output.WriteLine($"\"IsLearner\" : {(member.IsLearner ? "true" : "false")}");
            output.WriteLine();
        }
    }

    /// <summary>Ids in hexadecimal, as texts.</summary>
    private static string HexJson(MemberList members)
    {
        static string Urls(IEnumerable<string> urls) => "[" + string.Join(',', urls.Select(GoJson.Quote)) + "]";
        IEnumerable<string> each = members.Members.Select(static member =>
            $"{{\"ID\":\"{member.Id:x}\",\"name\":{GoJson.Quote(member.Name)},\"peerURLs\":{Urls(member.PeerUrls)}"
            + $",\"clientURLS\":{Urls(member.ClientUrls)}}}");
        EtcdHeader header = members.Header;
        return $"{{\"header\":{{\"cluster_id\":\"{header.ClusterId:x}\",\"member_id\":\"{header.MemberId:x}\""
            + $",\"raft_term\":{header.RaftTerm}}},\"members\":[{string.Join(',', each)}]}}";
    }

    private static TextFlag PeerUrls() => new("peer-urls", "comma separated peer URLs for the new member.");

    private static string[] UrlsOf(TextFlag peerUrls)
    {
        if (peerUrls.Value.Length == 0)
        {
            throw Bad("member peer urls not provided");
        }

        return MemberUrl.TryParseList(peerUrls.Value, out IReadOnlyList<MemberUrl> _) is { } fault
            ? throw new CommandFailure(ExitCodes.Failure, fault)
            : peerUrls.Value.Split(',');
    }

    private static ulong IdOf(IReadOnlyList<string> arguments) => arguments.Count == 1
        ? KeyArguments.Member(arguments[0])
        : throw Bad("member ID is not provided");

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);
}
