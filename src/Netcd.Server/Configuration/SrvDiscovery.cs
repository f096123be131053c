using System.Globalization;
using System.Net;
using DnsClient.Protocol;
using Netcd.Engine.Membership;

namespace Netcd.Server.Configuration;

/// <summary>Finds the members of a new cluster in DNS, by etcd's rules: each SRV record is a member.</summary>
internal sealed class SrvDiscovery(SrvRecords records, string name, IReadOnlyList<MemberUrl> advertised)
{
    /// <summary>The members as <c>--initial-cluster</c> would name them: this one by its name, the others by numbers.</summary>
    /// <param name="domain">The domain (<c>--discovery-srv</c>).</param>
    /// <param name="suffix">What the services' names end in (<c>--discovery-srv-name</c>); empty for nothing.</param>
    /// <param name="warnings">Takes what one of the services could not resolve.</param>
    /// <exception cref="ConfigurationException">Neither service has members.</exception>
    public string Find(string domain, string suffix, List<string> warnings)
    {
        List<string> members = [];
        List<string> failures = [];
        string ending = suffix.Length > 0 ? "-" + suffix : "";
        foreach ((string scheme, string service) in new[] { ("https", "etcd-server-ssl" + ending), ("http", "etcd-server" + ending) })
        {
            try
            {
                members.AddRange(Members(scheme, service, domain));
            }
            catch (SrvException failure)
            {
                failures.Add(failure.Message);
            }
        }

        string reasons = string.Join("; ", failures);
        if (members.Count == 0)
        {
            throw new ConfigurationException("error setting up initial cluster: " + reasons);
        }

        if (failures.Count > 0)
        {
            warnings.Add("failed to resolve during SRV discovery: " + reasons);
        }

        return string.Join(',', members);
    }

    /// <summary>The members that one service names. A record that leads to an URL of this member is this member.</summary>
    private List<string> Members(string scheme, string service, string domain)
    {
        Dictionary<IPEndPoint, MemberUrl> own = [];
        foreach (MemberUrl url in advertised)
        {
            own[SrvRecords.Resolve(url.Host, Port(url))] = url;
        }

        try
        {
            return Members(scheme, service, records.Find(service, domain), own);
        }
        catch (SrvException failure)
        {
            throw new SrvException($"error querying DNS SRV records for _{service} {failure.Message}");
        }
    }

    private List<string> Members(string scheme, string service, IReadOnlyList<SrvRecord> found, Dictionary<IPEndPoint, MemberUrl> own)
    {
        List<string> members = [];
        SrvException? failure = null;
        int number = 0;
        foreach (SrvRecord record in found)
        {
            string host = record.Target.Value.TrimEnd('.');
            string url = $"{scheme}://{SrvRecords.PlaceOf(record)}";
            IPEndPoint address;
            try
            {
                address = SrvRecords.Resolve(host, record.Port);
            }
            catch (SrvException unresolved)
            {
                failure = unresolved;
                continue;
            }

            bool isOwn = own.TryGetValue(address, out MemberUrl? expected);
            string member = isOwn ? name : (number++).ToString(CultureInfo.InvariantCulture);
            if (isOwn && expected!.Scheme != scheme)
            {
                failure = new SrvException(
                    $"bootstrap at {url} from DNS for {service} has scheme mismatch with expected peer {expected.Text}");
                continue;
            }

            members.Add(member + "=" + url);
        }

        return members.Count > 0 || failure is null ? members : throw failure;
    }

    private static int Port(MemberUrl url) =>
        ushort.TryParse(url.Port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port : 0;
}
