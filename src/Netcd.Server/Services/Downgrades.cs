using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;
using Netcd.Protocol.Membershippb;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>
/// Takes a cluster down to the version before: from then on its members may be replaced by programs of that version, one after the other.
/// The leader sets the cluster's version to the target, and keeps it there until the downgrade is cancelled or done.
/// </summary>
/// <param name="gate">The engine.</param>
internal sealed class Downgrades(EngineClient gate)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>Validates, enables or cancels; the caller may do so.</summary>
    /// <exception cref="EtcdException">The target is none, or a downgrade is under way already, or none is.</exception>
    public async ValueTask<DowngradeResponse> RunAsync(DowngradeRequest request, CallContext context)
    {
        switch (request.Action)
        {
            case DowngradeRequest.Types.DowngradeAction.Validate:
                await ValidateAsync(request.Version, context).ConfigureAwait(false);
                break;
            case DowngradeRequest.Types.DowngradeAction.Enable:
                Version target = await ValidateAsync(request.Version, context).ConfigureAwait(false);
                await SetAsync(new DowngradeInfoSetRequest { Enabled = true, Ver = target.ToString(3) }, context).ConfigureAwait(false);
                break;
            case DowngradeRequest.Types.DowngradeAction.Cancel:
                await gate.ConfirmReadAsync(context).ConfigureAwait(false);
                if (node.Members.DowngradeTarget is null)
                {
                    throw EtcdErrors.NoInflightDowngrade.ToException();
                }

                await SetAsync(new DowngradeInfoSetRequest(), context).ConfigureAwait(false);
                break;
            default:
                throw EtcdErrors.UnknownMethod.ToException();
        }

        Version? version = Current;
        return new DowngradeResponse { Header = node.Header(node.Revision), Version = version is null ? "" : version.ToString(2) };
    }

    private Version? Current =>
        node.Members.ClusterVersion is { } text && ClusterVersions.TryParse(text, out Version version) ? version : null;

    private async ValueTask<Version> ValidateAsync(string text, CallContext context)
    {
        if (!ClusterVersions.TryParse(text, out Version target))
        {
            throw EtcdErrors.WrongDowngradeVersionFormat.ToException();
        }

        await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        ClusterMembers cluster = node.Members;
        if (Current is not { } current)
        {
            throw EtcdErrors.ClusterVersionUnavailable.ToException();
        }

        if (!ClusterVersions.IsDowngrade(target, current))
        {
            throw EtcdErrors.InvalidDowngradeTargetVersion.ToException();
        }

        return cluster.DowngradeTarget is null ? target : throw EtcdErrors.DowngradeInProgress.ToException();
    }

    private async ValueTask SetAsync(DowngradeInfoSetRequest change, CallContext context) => await gate
        .ProposeAsync<EmptyResponse>(new InternalRaftRequest { DowngradeInfoSet = change }, context).ConfigureAwait(false);
}
